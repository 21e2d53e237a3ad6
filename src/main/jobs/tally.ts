import type { ChatClient } from '../endpoint/chatClient.ts'
import { DROP_REASONS, type DropReason, dropReason } from '../reward/teacherRule.ts'
import type { JobContext } from './jobRunner.ts'
import type { ScoredPath } from './storePath.ts'

/** Counts written paths by what became of them and tells the job's watchers. */
export class Tally {
  readonly #context: JobContext
  readonly #minSteps: number
  readonly #client: ChatClient | null
  readonly #dropped = new Map<DropReason | 'failed', number>()
  #kept = 0
  #done = 0

  /** @param client whose tokens are counted too, where an endpoint writes */
  constructor(context: JobContext, minSteps: number, client: ChatClient | null = null) {
    this.#context = context
    this.#minSteps = minSteps
    this.#client = client
  }

  /** Paths and failures so far. */
  get done(): number {
    return this.#done
  }

  add({ trajectory, reward }: ScoredPath): void {
    this.#count(dropReason({ reward, finishReason: trajectory.finishReason, steps: trajectory.steps.length }, this.#minSteps))
  }

  fail(): void {
    this.#count('failed')
  }

  /** Lines for the log: what is worth learning from, and why the rest is not. */
  table(): string[] {
    const rows: [string, number][] = [
      ['worth learning from', this.#kept],
      ...DROP_REASONS.map((reason): [string, number] => [reason === 'too few steps' ? `dropped: fewer than ${this.#minSteps} steps` : `dropped: ${reason}`, this.#of(reason)]),
      ['no usable reply', this.#of('failed')]
    ]
    return rows.map(([name, count]) => `${name.padEnd(30)} ${String(count).padStart(6)}`)
  }

  summary(): Record<string, number> {
    return {
      paths: this.#done - this.#of('failed'), kept: this.#kept, noAnswer: this.#of('no answer'), wrong: this.#of('wrong answer'),
      malformed: this.#of('not well-formed'), short: this.#of('too few steps'), failed: this.#of('failed'), ...(this.#client && spentBy(this.#client))
    }
  }

  #count(dropped: DropReason | 'failed' | null): void {
    this.#done++
    if (dropped === null) this.#kept++
    else this.#dropped.set(dropped, this.#of(dropped) + 1)
    this.#context.report({ kind: 'tally', counts: this.summary() })
  }

  #of(reason: DropReason | 'failed'): number {
    return this.#dropped.get(reason) ?? 0
  }
}

/** What an endpoint was asked so far; its cost is left out while the price is unknown. */
function spentBy({ endpoint, usage }: ChatClient): Record<string, number> {
  const { promptTokens, completionTokens, cost } = usage
  return { promptTokens, completionTokens, ...(endpoint.price === null ? {} : { cost }) }
}
