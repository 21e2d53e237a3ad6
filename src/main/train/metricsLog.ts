import { appendFile, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StepMetrics } from '#shared/domain/trainingRun.ts'
import { EventFile } from './tensorBoard.ts'

const FILE = 'metrics.jsonl'

/** A run's numbers beside the database, for people's own tools: `metrics.jsonl` (a StepMetrics a line) and a TensorBoard event file. */
export class MetricsLog {
  readonly #path: string
  readonly #events: EventFile
  readonly #steps: StepMetrics[]
  /** Appends run one after the other. */
  #written: Promise<void> = Promise.resolve()

  private constructor(path: string, events: EventFile, steps: StepMetrics[]) {
    this.#path = path
    this.#events = events
    this.#steps = steps
  }

  /** Opens both files with the steps up to `kept`: later ones will be taken again and must not be there twice. */
  static async open(runFolder: string, kept: number): Promise<MetricsLog> {
    await mkdir(runFolder, { recursive: true })
    const path = join(runFolder, FILE)
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '')
    const steps = lines.map((line) => StepMetrics.parse(JSON.parse(line))).filter(({ step }) => step <= kept)
    await writeFile(`${path}.part`, steps.map((line) => `${JSON.stringify(line)}\n`).join(''), { flush: true })
    await rename(`${path}.part`, path)
    return new MetricsLog(path, await EventFile.open(runFolder, kept), steps)
  }

  append(metrics: StepMetrics): void {
    this.#steps.push(metrics)
    const wallTime = Date.now() / 1000
    this.#written = this.#written.then(async () => {
      await appendFile(this.#path, `${JSON.stringify(metrics)}\n`)
      await this.#events.append(metrics.step, metrics.values, wallTime)
    })
    // A failure is told by `flushed`, not by a stray rejection.
    this.#written.catch(() => undefined)
  }

  /** Resolves when everything appended is on the disk. @throws what writing failed with */
  async flushed(): Promise<void> {
    await this.#written
    const handle = await open(this.#path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /**
   * How well the run did from step `from` (exclusive) on, higher is better: the mean reward, or minus the mean loss where nothing
   * is rewarded; undefined when neither was measured.
   */
  score(from: number): number | undefined {
    const seen = this.#steps.filter(({ step }) => step > from).map(({ values }) => values)
    for (const [name, sign] of [['reward', 1], ['loss', -1]] as const) {
      const known = seen.flatMap((values) => values[name] ?? [])
      if (known.length > 0) return sign * known.reduce((sum, value) => sum + value, 0) / known.length
    }
    return undefined
  }
}
