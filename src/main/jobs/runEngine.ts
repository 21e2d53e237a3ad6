import { SightlineError } from '#shared/domain/errors.ts'
import type { Hold } from '#shared/domain/hold.ts'
import { EngineEvent, type EngineJob } from '../engine/protocol.ts'
import type { EngineExit, EngineProcess, EngineSpawner } from './engineProcess.ts'
import type { Summary } from './jobLog.ts'

/** Events that pass on what an engine made; its endings are this function's result instead. */
export type EngineProduct = Exclude<EngineEvent, { kind: 'finished' | 'stopped' | 'failed' }>

/** A mark is answered when its `onProduct` is through. */

export interface EngineRunOptions {
  spawn: EngineSpawner
  /** Ends after the step in hand, however long that takes. */
  stop: AbortSignal
  /** Kills at once. */
  kill: AbortSignal
  /** Waits between steps while it is wanted; left out for jobs that cannot. */
  hold?: Hold
  /** Called one event at a time, in order; the next waits for it. */
  onProduct(event: EngineProduct): Promise<void> | void
}

export type EngineOutcome = { kind: 'finished'; summary: Summary } | { kind: 'stopped' }

/**
 * Runs one engine process from start to end. A stop that had to be enforced still counts as `stopped`: what it had
 * finished is stored and its last checkpoint stands.
 * @throws SightlineError the engine's own failure, or `engine_died` with exit code or signal and its last words
 */
export async function runEngine(job: EngineJob, options: EngineRunOptions): Promise<EngineOutcome> {
  if (options.stop.aborted) return { kind: 'stopped' }
  const engine = options.spawn()
  const inbox = new Inbox(engine, options)
  const release = wireStops(engine, options)
  try {
    engine.send({ kind: 'start', job })
    const exit = await inbox.exit
    return concluded(inbox, exit, engine, options)
  } finally {
    release()
    engine.kill()
  }
}

/** Takes an engine's messages in order, checks them and remembers how it said it ended. */
class Inbox {
  ending: Extract<EngineEvent, { kind: 'finished' | 'stopped' | 'failed' }> | null = null
  problem: unknown = null
  /** Settles after the process is gone AND its last message is handled. */
  readonly exit: Promise<EngineExit>
  readonly #engine: EngineProcess

  constructor(engine: EngineProcess, options: EngineRunOptions) {
    this.#engine = engine
    let queue = Promise.resolve()
    engine.onMessage((message) => {
      queue = queue.then(() => this.#take(message, options)).catch((error: unknown) => {
        // Storing failed (disk full, a bug): nothing after it may be lost silently, so the engine ends here.
        this.problem ??= error
        engine.kill()
      })
    })
    this.exit = new Promise((resolve) => engine.onExit((exit) => void queue.then(() => resolve(exit))))
  }

  async #take(message: unknown, options: EngineRunOptions): Promise<void> {
    if (this.problem !== null) return
    const parsed = EngineEvent.safeParse(message)
    if (!parsed.success) {
      const first = parsed.error.issues[0]
      throw new SightlineError('engine_died', 'The engine sent an event that does not fit the protocol', {
        where: `${kindOf(message)}: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}`,
        advice: 'This is a defect of the program; please report it'
      })
    }
    const event = parsed.data
    if (event.kind === 'finished' || event.kind === 'stopped' || event.kind === 'failed') this.ending = event
    else await options.onProduct(event)
    if (event.kind === 'mark') this.#engine.send({ kind: 'stored', mark: event.mark })
  }
}

function kindOf(message: unknown): string {
  return typeof message === 'object' && message !== null && 'kind' in message ? String(message.kind) : typeof message
}

/** @returns undoes the wiring */
function wireStops(engine: EngineProcess, options: EngineRunOptions): () => void {
  const soft = (): void => engine.send({ kind: 'stop' })
  const hard = (): void => engine.kill()
  options.stop.addEventListener('abort', soft, { once: true })
  options.kill.addEventListener('abort', hard, { once: true })
  if (options.kill.aborted) hard()
  const off = options.hold?.onChange((wanted) => engine.send({ kind: wanted ? 'pause' : 'continue' }))
  if (options.hold?.wanted) engine.send({ kind: 'pause' })
  return () => {
    off?.()
    options.stop.removeEventListener('abort', soft)
    options.kill.removeEventListener('abort', hard)
  }
}

function concluded(inbox: Inbox, exit: EngineExit, engine: EngineProcess, options: EngineRunOptions): EngineOutcome {
  if (inbox.problem !== null) throw inbox.problem
  const { ending } = inbox
  if (ending?.kind === 'finished') return { kind: 'finished', summary: ending.summary }
  if (ending?.kind === 'failed') throw SightlineError.fromRecord(ending.error)
  if (ending?.kind === 'stopped' || options.stop.aborted) return { kind: 'stopped' }
  const how = exit.signal ? `was killed by ${exit.signal}` : exit.code === null ? 'could not be started' : `ended with code ${exit.code}`
  const words = engine.lastWords()
  throw new SightlineError('engine_died', `The engine process ${how} before its job was done`, {
    ...(words === '' ? {} : { where: words }),
    advice: 'What it had finished is kept; a training run can be resumed from its last checkpoint'
  })
}
