import type { ChatProduct } from '../../jobs/chatEngines.ts'

type Piece = Extract<ChatProduct, { kind: 'piece' }>

/** What all parts of one answer have in common. */
export interface ReplyHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
  /** The weights behind the answer: the same fingerprint and seed, the same answer. */
  readonly system_fingerprint: string
}

export interface ReplyUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

export function usageOf(promptTokens: number, completionTokens: number): ReplyUsage {
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: promptTokens + completionTokens }
}

/** Gathers a whole `chat.completion`. */
export class WholeReply {
  readonly #choices: { text: string; tokens: Piece['tokens']; reason: 'stop' | 'length' }[]
  #promptTokens = 0
  #completionTokens = 0

  constructor(choices: number) {
    this.#choices = Array.from({ length: choices }, () => ({ text: '', tokens: [], reason: 'stop' as const }))
  }

  add(event: ChatProduct): void {
    if (event.kind === 'read') {
      this.#promptTokens = event.promptTokens
      return
    }
    const choice = this.#choices[event.choice]
    if (choice === undefined) throw new RangeError(`There is no choice ${event.choice}`)
    if (event.kind === 'piece') {
      choice.text += event.text
      choice.tokens.push(...event.tokens)
    } else {
      choice.reason = event.reason
      this.#completionTokens += event.completionTokens
    }
  }

  body(head: ReplyHead, logprobs: boolean): object {
    return {
      ...head, object: 'chat.completion',
      choices: this.#choices.map(({ text, tokens, reason }, index) => ({
        index, message: { role: 'assistant', content: text, refusal: null }, logprobs: logprobs ? logprobsOf(tokens) : null, finish_reason: reason
      })),
      usage: usageOf(this.#promptTokens, this.#completionTokens)
    }
  }
}

/** The `chat.completion.chunk`s of one event; `read` opens every choice with its role. */
export function chunksOf(event: ChatProduct, head: ReplyHead, choices: number, logprobs: boolean): object[] {
  const chunk = (index: number, delta: object, more: object): object => (
    { ...head, object: 'chat.completion.chunk', choices: [{ index, delta, logprobs: null, finish_reason: null, ...more }] })
  switch (event.kind) {
    case 'read': return Array.from({ length: choices }, (_, index) => chunk(index, { role: 'assistant', content: '' }, {}))
    case 'piece': return [chunk(event.choice, { content: event.text }, logprobs ? { logprobs: logprobsOf(event.tokens) } : {})]
    case 'end': return [chunk(event.choice, {}, { finish_reason: event.reason })]
  }
}

/** The last chunk of a stream that was asked for its usage. */
export function usageChunk(head: ReplyHead, usage: ReplyUsage): object {
  return { ...head, object: 'chat.completion.chunk', choices: [], usage }
}

function logprobsOf(tokens: Piece['tokens']): object {
  return { content: tokens.map(({ text, bytes, logProb }) => ({ token: text, logprob: logProb, bytes, top_logprobs: [] })), refusal: null }
}
