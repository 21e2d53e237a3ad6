import { setTimeout as startTimer } from 'node:timers'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type ChatCompletion, ChatEvent, type ChatRequest } from '../engine/chat/protocol.ts'
import { chatEntry, forkEngine, type EngineProcess } from './engineProcess.ts'
import { Subscription } from './feed.ts'
import type { EngineSeat, MachineMonitor } from './machine/machineMonitor.ts'

export type { ChatCompletion } from '../engine/chat/protocol.ts'

/** What a completion tells as it is written; its failure is thrown instead. */
export type ChatProduct = Extract<ChatEvent, { kind: 'read' | 'piece' | 'end' }>

/** What an engine says of its completions. */
type Told = Exclude<ChatEvent, { kind: 'usage' }>

export interface ChatEnginesOptions {
  readonly projectFolder: string
  /** Blob folder of the pictures in requests. */
  readonly pictures: string
  readonly threads: number
  /** Who wants to know what the engines use. */
  readonly machine?: MachineMonitor
  /** Starts a chat engine; left out: as a child of this program. */
  readonly spawn?: () => EngineProcess<ChatRequest>
  /** How long an engine without work keeps its model in memory. */
  readonly idleMilliseconds?: number
}

const IDLE_MILLISECONDS = 10 * 60_000
/** Models kept in memory at once, unless more are at work. */
const MOST_WARM = 2

/** Keeps an engine process warm for each checkpoint that is talked to. */
export class ChatEngines {
  readonly #options: ChatEnginesOptions
  readonly #engines = new Map<string, WarmEngine>()
  #closed = false

  constructor(options: ChatEnginesOptions) {
    this.#options = options
  }

  /**
   * Goes on with a dialogue; ends after the last choice's `end`. An abort of the signal ends it early, as does leaving the loop.
   * @throws SightlineError what the engine refused it for, or `engine_died`
   */
  async *complete(checkpoint: Checkpoint, completion: ChatCompletion, signal?: AbortSignal): AsyncGenerator<ChatProduct> {
    if (this.#closed) throw new SightlineError('conflict', 'The studio is closing; no new work starts')
    yield* this.#warm(checkpoint).complete(completion, signal)
  }

  close(): void {
    this.#closed = true
    for (const engine of this.#engines.values()) engine.end()
  }

  #warm(checkpoint: Checkpoint): WarmEngine {
    const found = this.#engines.get(checkpoint.id)
    // Last used, last in the map: the first idle one is the one to let go.
    this.#engines.delete(checkpoint.id)
    if (found === undefined && this.#engines.size >= MOST_WARM) [...this.#engines.values()].find((engine) => engine.idle)?.end()
    const engine = found ?? this.#start(checkpoint)
    this.#engines.set(checkpoint.id, engine)
    return engine
  }

  #start(checkpoint: Checkpoint): WarmEngine {
    const { projectFolder, pictures, threads, machine, spawn, idleMilliseconds } = this.#options
    const process = spawn?.() ?? forkEngine<ChatRequest>(chatEntry())
    process.send({ kind: 'open', model: { folder: join(projectFolder, checkpoint.folder), pictures, threads } })
    const seat = machine?.join(() => process.send({ kind: 'usage' })) ?? null
    const engine = new WarmEngine(process, idleMilliseconds ?? IDLE_MILLISECONDS, seat, () => {
      seat?.leave()
      if (this.#engines.get(checkpoint.id) === engine) this.#engines.delete(checkpoint.id)
    })
    return engine
  }
}

/** One engine process and the completions it is writing. */
class WarmEngine {
  readonly #process: EngineProcess<ChatRequest>
  readonly #idleMilliseconds: number
  readonly #seat: EngineSeat | null
  readonly #open = new Map<number, Subscription<Told>>()
  #requests = 0
  #timer: NodeJS.Timeout | undefined

  constructor(process: EngineProcess<ChatRequest>, idleMilliseconds: number, seat: EngineSeat | null, onGone: () => void) {
    this.#process = process
    this.#seat = seat
    this.#idleMilliseconds = idleMilliseconds
    process.onMessage((message) => this.#take(ChatEvent.parse(message)))
    process.onExit(({ code, signal }) => {
      onGone()
      clearTimeout(this.#timer)
      const words = process.lastWords()
      const error = new SightlineError('engine_died', `The chat engine ended (${signal ?? `code ${code ?? 'unknown'}`})`, {
        ...(words === '' ? {} : { where: words }), advice: 'Ask again: another one starts'
      })
      this.#refuseAll(error.toRecord())
    })
  }

  get idle(): boolean {
    return this.#open.size === 0
  }

  end(): void {
    this.#process.kill()
  }

  async *complete(completion: ChatCompletion, signal?: AbortSignal): AsyncGenerator<ChatProduct> {
    const id = this.#requests++
    const events = new Subscription<Told>(() => this.#open.delete(id))
    const close = (): void => events.close()
    this.#open.set(id, events)
    clearTimeout(this.#timer)
    signal?.addEventListener('abort', close, { once: true })
    let left = completion.choices
    try {
      if (signal?.aborted === true) return
      this.#process.send({ kind: 'complete', id, completion })
      for await (const event of events) {
        if (event.kind === 'refused' || event.kind === 'failed') throw SightlineError.fromRecord(event.error)
        yield event
        if (event.kind === 'end' && --left === 0) return
      }
    } finally {
      signal?.removeEventListener('abort', close)
      events.close()
      if (left > 0) this.#process.send({ kind: 'abort', id })
      if (this.idle) this.#timer = startTimer(() => this.end(), this.#idleMilliseconds).unref()
    }
  }

  #take(event: ChatEvent): void {
    if (event.kind === 'failed') this.#refuseAll(event.error)
    else if (event.kind === 'usage') this.#seat?.tell(event.usage, null)
    else this.#open.get(event.id)?.push(event)
  }

  #refuseAll(error: Extract<ChatEvent, { kind: 'failed' }>['error']): void {
    for (const events of this.#open.values()) events.push({ kind: 'failed', error })
  }
}
