import { setTimeout as wait } from 'node:timers/promises'
import type { z } from 'zod'
import type { Endpoint, Usage } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import { ChatReply, type Completion, type CompletionRequest, ModelsReply } from './chatMessages.ts'
import { replyFailure, networkFailure, type Failure } from './failures.ts'
import { MOST_PATIENCE_MILLISECONDS, retryDelay } from './retry.ts'

export interface ChatClientOptions {
  /** Of the jitter. */
  readonly seed?: number
  /** Ends everything under way. */
  readonly signal?: AbortSignal
  /** How to wait between tries; tests pass their own. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

type Sent = { readonly kind: 'reply'; readonly text: string } | { readonly kind: 'failed'; readonly failure: Failure }

/**
 * A client of an OpenAI-compatible server: at most `parallelism` requests at once, failures that pass are tried again, tokens and cost are
 * counted. Errors name the endpoint and never hold the key, even where the server quotes it.
 */
export class ChatClient {
  readonly endpoint: Endpoint
  readonly #key: string | null
  readonly #seed: number
  readonly #signal: AbortSignal
  readonly #wait: NonNullable<ChatClientOptions['wait']>
  readonly #queue: (() => void)[] = []
  #flying = 0
  #sent = 0
  #usage = { requests: 0, promptTokens: 0, completionTokens: 0 }

  constructor(endpoint: Endpoint, key: string | null, options: ChatClientOptions = {}) {
    this.endpoint = endpoint
    this.#key = key
    this.#seed = options.seed ?? 0
    this.#signal = options.signal ?? new AbortController().signal
    this.#wait = options.wait ?? ((milliseconds, signal) => wait(milliseconds, undefined, { signal }))
  }

  get usage(): Usage {
    const { prompt, completion } = this.endpoint.price ?? { prompt: 0, completion: 0 }
    return { ...this.#usage, cost: (this.#usage.promptTokens * prompt + this.#usage.completionTokens * completion) / 1e6 }
  }

  /**
   * One reply to a dialogue. @throws SightlineError `unauthorized`, `not_found` (model or address), `rate_limited`, `unreachable`, `bad_input`
   * (the request), `bad_reply`, `cancelled`
   */
  async complete(request: CompletionRequest): Promise<Completion> {
    const { model, tokenLimit } = this.endpoint
    const body = {
      model, messages: request.messages, temperature: request.temperature, top_p: request.topP, seed: request.seed, [tokenLimit]: request.maxTokens
    }
    const reply = this.#read(ChatReply, await this.#send('chat/completions', body))
    this.#usage.promptTokens += reply.usage?.prompt_tokens ?? 0
    this.#usage.completionTokens += reply.usage?.completion_tokens ?? 0
    const choice = reply.choices[0]
    const reason = choice?.finish_reason ?? 'stop'
    if (reason !== 'stop' && reason !== 'length') throw this.#badReply(`it ended its turn with "${reason}"`)
    return {
      text: choice?.message.content ?? '', ending: reason, totalTokens: reply.usage ? reply.usage.prompt_tokens + reply.usage.completion_tokens : null
    }
  }

  /** Names of the models the server offers. @throws SightlineError as `complete` */
  async models(): Promise<string[]> {
    return this.#read(ModelsReply, await this.#send('models', null)).data.map(({ id }) => id)
  }

  async #send(path: string, body: object | null): Promise<string> {
    const random = Random.seeded(this.#seed, `retry ${this.#sent++}`)
    for (let attempt = 0; ; attempt++) {
      const sent = await this.#inTurn(() => this.#try(path, body))
      if (sent.kind === 'reply') return sent.text
      const { error, passing, retryAfter } = sent.failure
      if (!passing || attempt >= this.endpoint.retries || (retryAfter ?? 0) > MOST_PATIENCE_MILLISECONDS) throw error
      await this.#unlessStopped(this.#wait(retryDelay(attempt, retryAfter, random), this.#signal))
    }
  }

  async #try(path: string, body: object | null): Promise<Sent> {
    this.#usage.requests++
    const headers = { ...(this.#key === null ? {} : { authorization: `Bearer ${this.#key}` }), ...(body === null ? {} : { 'content-type': 'application/json' }) }
    const timeout = AbortSignal.timeout(this.endpoint.timeoutSeconds * 1000)
    try {
      const response = await fetch(`${this.endpoint.baseUrl.replace(/\/+$/, '')}/${path}`, {
        method: body === null ? 'GET' : 'POST', headers, redirect: 'manual', signal: AbortSignal.any([this.#signal, timeout]),
        ...(body === null ? {} : { body: JSON.stringify(body) })
      })
      const text = await response.text()
      if (response.status === 200) return { kind: 'reply', text }
      return { kind: 'failed', failure: replyFailure(this.endpoint, response, this.#withoutKey(text)) }
    } catch (error) {
      if (this.#signal.aborted) throw this.#stopped()
      return { kind: 'failed', failure: networkFailure(this.endpoint, error) }
    }
  }

  /** Waits for one of the `parallelism` places. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#flying >= this.endpoint.parallelism) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#flying++
    try {
      if (this.#signal.aborted) throw this.#stopped()
      return await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#flying--
      else next()
    }
  }

  async #unlessStopped(waiting: Promise<void>): Promise<void> {
    try {
      await waiting
    } catch (error) {
      throw this.#signal.aborted ? this.#stopped() : error
    }
  }

  #read<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw this.#badReply(`it is no JSON: ${this.#withoutKey(text).slice(0, 120)}`)
    }
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    throw this.#badReply(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong form'}`)
  }

  #badReply(what: string): SightlineError {
    return new SightlineError('bad_reply', `The reply of the endpoint "${this.endpoint.name}" cannot be used: ${what}`, {
      where: this.endpoint.baseUrl, advice: 'The server must be OpenAI-compatible and its model must take pictures'
    })
  }

  #stopped(): SightlineError {
    return new SightlineError('cancelled', `The requests to the endpoint "${this.endpoint.name}" were stopped`)
  }

  #withoutKey(text: string): string {
    return this.#key === null ? text : text.replaceAll(this.#key, '(key)')
  }
}
