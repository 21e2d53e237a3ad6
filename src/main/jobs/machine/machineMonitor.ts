import { statfs } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import { availableMemory, constrainedMemory } from 'node:process'
import { SightlineError } from '#shared/domain/errors.ts'
import type { RunId } from '#shared/domain/ids.ts'
import type { EngineUsage, MachineReading, MachineSample } from '#shared/domain/machine.ts'
import { Feed } from '../feed.ts'
import { openCards } from './cards.ts'
import type { CardSource } from './cardSource.ts'
import { ProcessorLoad } from './processorLoad.ts'

const INTERVAL = 1000
/** Ten minutes. */
const KEPT = 600

/** Readings after which a card that was not told of will not be. */
const ANSWERS = 3

export interface MonitorSettings {
  readonly interval?: number
  /** Left out: what the system tells. */
  readonly openCards?: () => CardSource
}

/** An engine, what it told last, and how it is asked. */
interface Engine {
  readonly ask: () => void
  sample: MachineSample['engines'][number] | null
}

/** An engine process that tells what it uses. */
export interface EngineSeat {
  tell(usage: EngineUsage, run: { id: RunId; second: number } | null): void
  leave(): void
}

/** Looks at the machine once a second while someone watches or an engine works, and never otherwise. */
export class MachineMonitor {
  readonly #folder: string
  readonly #settings: Required<MonitorSettings>
  readonly #feed = new Feed<MachineSample>()
  readonly #engines = new Set<Engine>()
  #kept: MachineSample[] = []
  #reasons = 0
  #look: Look | null = null
  #latest: MachineReading | null = null
  #cardBytes: Promise<number | null> | null = null

  /** @param folder of the project, whose disk is looked at */
  constructor(folder: string, settings: MonitorSettings = {}) {
    this.#folder = folder
    this.#settings = { interval: INTERVAL, openCards, ...settings }
  }

  /** The machine as it was read last; null when nobody looked yet. */
  get latest(): MachineReading | null {
    return this.#latest
  }

  /** The machine now, with the load since a moment ago, and with its graphics cards where the system tells of some within three readings. */
  async now(): Promise<MachineSample> {
    let readings = -1
    for await (const [sample] of this.watch()) {
      // What comes first is of the past.
      if (++readings === 0 || sample === undefined || sample.processor === null) continue
      if (sample.cards !== null || readings >= ANSWERS) return sample
    }
    throw new SightlineError('conflict', 'The studio is closing')
  }

  /** Memory of the largest graphics card, asked once; null where the system tells of none. */
  cardBytes(): Promise<number | null> {
    return this.#cardBytes ??= this.#largestCard()
  }

  async #largestCard(): Promise<number | null> {
    const { cards } = await this.now()
    const told = cards?.flatMap(({ totalBytes }) => totalBytes ?? []) ?? []
    return told.length === 0 ? null : Math.max(...told)
  }

  /** The last ten minutes at once, as far as someone looked, then each sample as it comes. */
  async *watch(signal?: AbortSignal): AsyncGenerator<MachineSample[]> {
    const live = this.#feed.subscribe(signal)
    const release = this.#hold()
    try {
      yield [...this.#kept]
      for await (const sample of live) yield [sample]
    } finally {
      live.close()
      release()
    }
  }

  /** An engine starts to work; the machine is looked at while it does. */
  enter(): EngineSeat {
    const release = this.#hold()
    const seat = this.#sit(() => undefined)
    return {
      ...seat, leave: () => {
        if (seat.leave()) release()
      }
    }
  }

  /** An engine that waits for work most of the time: asked what it uses at each look that someone else wants. */
  join(ask: () => void): EngineSeat {
    return this.#sit(ask)
  }

  /** Ends every stream. */
  close(): void {
    this.#feed.close()
    this.#look?.end()
    this.#look = null
  }

  #sit(ask: () => void): Pick<EngineSeat, 'tell'> & { leave(): boolean } {
    const engine: Engine = { ask, sample: null }
    this.#engines.add(engine)
    return { tell: (usage, run) => { engine.sample = { ...usage, run } }, leave: () => this.#engines.delete(engine) }
  }

  /** @returns lets go */
  #hold(): () => void {
    this.#reasons++
    this.#look ??= new Look(this.#folder, this.#settings, (reading) => this.#take(reading))
    return () => {
      if (--this.#reasons > 0) return
      this.#look?.end()
      this.#look = null
    }
  }

  #take(reading: MachineReading): void {
    this.#latest = reading
    const sample: MachineSample = { ...reading, at: new Date().toISOString(), engines: [...this.#engines].flatMap(({ sample: told }) => told ?? []) }
    this.#kept.push(sample)
    const since = Date.now() - KEPT * this.#settings.interval
    while (this.#kept[0] !== undefined && Date.parse(this.#kept[0].at) < since) this.#kept.shift()
    this.#feed.publish(sample)
    for (const { ask } of this.#engines) ask()
  }
}

/** Readings of the machine for as long as someone wants them. */
class Look {
  readonly #folder: string
  readonly #cards: CardSource
  readonly #processor = new ProcessorLoad()
  readonly #onReading: (reading: MachineReading) => void
  readonly #timer: NodeJS.Timeout
  #reading = false
  #ended = false

  constructor(folder: string, { interval, openCards: open }: Required<MonitorSettings>, onReading: (reading: MachineReading) => void) {
    this.#folder = folder
    this.#cards = open()
    this.#onReading = onReading
    this.#timer = setInterval(() => void this.#read(), interval)
    void this.#read()
  }

  end(): void {
    this.#ended = true
    clearInterval(this.#timer)
    this.#cards.close()
  }

  async #read(): Promise<void> {
    // A disk that does not answer (a network's) holds up its own reading only.
    if (this.#reading) return
    this.#reading = true
    const [processor, cards, disk] = await Promise.all([this.#processor.read(), this.#cards.read(), statfs(this.#folder).catch(() => null)])
    this.#reading = false
    if (this.#ended || disk === null) return
    this.#onReading({ processor, ...memory(), freeDiskBytes: disk.bavail * disk.bsize, cards: cards === null ? null : [...cards] })
  }
}

/** Memory of the machine, or of the part of it that this program is confined to. */
function memory(): Pick<MachineReading, 'memoryUsedBytes' | 'memoryBytes'> {
  const [all, allowed] = [totalmem(), constrainedMemory() || Infinity]
  if (allowed >= all) return { memoryBytes: all, memoryUsedBytes: all - freemem() }
  return { memoryBytes: allowed, memoryUsedBytes: Math.max(0, allowed - availableMemory()) }
}
