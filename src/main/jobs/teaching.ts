import { join } from 'node:path'
import type { TeachRequest } from '#shared/contract/endpoints.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { type Endpoint, teacherName } from '#shared/domain/endpoint.ts'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import { type ItemId, JobId, newId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import { ChatClient } from '../endpoint/chatClient.ts'
import { DROP_REASONS, type DropReason } from '../reward/teacherRule.ts'
import { getCheckpoint, listCheckpoints } from '../store/checkpoints.ts'
import { itemsTaughtBy } from '../store/trajectories.ts'
import type { Summary } from './jobLog.ts'
import type { JobContext } from './jobRunner.ts'
import { mannerOf } from './rollout.ts'
import { firstAcrossTasks } from './selection.ts'
import type { Workshop } from './workshop.ts'

/**
 * Queues an endpoint's paths for a split's items. Asked again it goes on with the items that it has no path for yet.
 * @throws SightlineError `not_found` for an unknown endpoint or student, `bad_input` without items
 */
export async function startTeaching(workshop: Workshop, request: TeachRequest): Promise<{ jobId: JobId }> {
  const { endpoint, key } = await workshop.endpoints.open(request.endpoint)
  const student = studentOf(workshop, request)
  const itemIds = firstAcrossTasks(workshop.project, request.split, request.tasks, request.limit)
  if (itemIds.length === 0) {
    throw new SightlineError('bad_input', 'There is no item to teach', {
      where: `split ${request.split}, tasks ${request.tasks.length > 0 ? request.tasks.join(', ') : '(all)'}`, advice: 'Generate or import items into this split'
    })
  }
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'rollout', title: `Teach ${itemIds.length} items with ${teacherName(endpoint)}`, lane: 'data', runId: null,
    work: (context) => teach(workshop, context, { request, endpoint, key, student, itemIds })
  })
  return { jobId }
}

interface Lesson {
  readonly request: TeachRequest
  readonly endpoint: Endpoint
  readonly key: string | null
  readonly student: Checkpoint
  readonly itemIds: readonly ItemId[]
}

async function teach(workshop: Workshop, context: JobContext, { request, endpoint, key, student, itemIds }: Lesson): Promise<Summary> {
  const { project } = workshop
  const taught = itemsTaughtBy(project, teacherName(endpoint))
  const open = itemIds.filter((id) => !taught.has(id))
  if (open.length < itemIds.length) context.report({ kind: 'log', level: 'info', text: `${itemIds.length - open.length} items have a path of this teacher already` })
  const signal = AbortSignal.any([context.stop, context.kill])
  const client = new ChatClient(endpoint, key, { seed: request.seed, signal })
  const tally = new Tally(context, open.length)
  const { teachItems } = await import('../curate/teach.ts')
  try {
    await teachItems(project, client, {
      itemIds: open, studentFolder: join(project.folder, student.folder), prompt: request.prompt, drawStyle: request.drawStyle ?? mannerOf(workshop, student.id).drawStyle,
      sampling: samplingOf(request), minSteps: request.minSteps, signal,
      onPath: (trajectoryId, dropped) => {
        context.report({ kind: 'trajectory', trajectoryId })
        tally.add(dropped, client)
      },
      onFailure: (item, error) => {
        context.report({ kind: 'log', level: 'warning', text: `Item ${item.id} (${item.task}): ${describeError(error)}` })
        tally.add('failed', client)
      }
    })
  } finally {
    for (const text of tally.table(request.minSteps)) context.report({ kind: 'log', level: 'info', text })
    context.report({ kind: 'log', level: 'info', text: costLine(client) })
  }
  return { ...tally.summary(), ...spent(client) }
}

/** Limits of a strong model's path; the student's own token limits do not bind its teacher. */
function samplingOf({ temperature, seed, maxTurnTokens, maxTurns }: TeachRequest): Sampling {
  return { ...defaultSampling({ parameters: Number.MAX_SAFE_INTEGER }, { temperature, seed }), maxTurnTokens, maxTurns }
}

function studentOf({ project }: Workshop, { studentId }: TeachRequest): Checkpoint {
  if (studentId !== null) return getCheckpoint(project, studentId)
  const base = listCheckpoints(project).findLast(({ runId }) => runId === null)
  if (base !== undefined) return base
  throw new SightlineError('not_found', 'The project has no model that the paths could be for', { advice: 'Add a model on the Models page' })
}

/** What an endpoint was asked so far; its cost is left out while the price is unknown. */
function spent({ endpoint, usage }: ChatClient): Record<string, number> {
  const { promptTokens, completionTokens, cost } = usage
  return { promptTokens, completionTokens, ...(endpoint.price === null ? {} : { cost }) }
}

function costLine({ endpoint, usage }: ChatClient): string {
  const { requests, promptTokens, completionTokens, cost } = usage
  const price = endpoint.price === null ? 'price unknown' : `cost ${cost.toFixed(4)}`
  return `${requests} requests, ${promptTokens} prompt tokens, ${completionTokens} completion tokens, ${price}`
}

/** Counts paths by what became of them, and tells how far the job is. */
class Tally {
  readonly #context: JobContext
  readonly #total: number
  readonly #started = performance.now()
  readonly #dropped = new Map<DropReason | 'failed', number>()
  #kept = 0
  #done = 0

  constructor(context: JobContext, total: number) {
    this.#context = context
    this.#total = total
  }

  add(dropped: DropReason | 'failed' | null, client: ChatClient): void {
    this.#done++
    if (dropped === null) this.#kept++
    else this.#dropped.set(dropped, this.#count(dropped) + 1)
    this.#context.report({ kind: 'tally', counts: { ...this.summary(), ...spent(client) } })
    const rate = this.#done / ((performance.now() - this.#started) / 1000)
    this.#context.report({
      kind: 'progress',
      progress: { phase: 'teach', done: this.#done, total: this.#total, unit: 'items', rate, secondsLeft: rate > 0 ? (this.#total - this.#done) / rate : null }
    })
  }

  /** Lines for the log: what is worth learning from, and why the rest is not. */
  table(minSteps: number): string[] {
    const rows: [string, number][] = [
      ['worth learning from', this.#kept],
      ...DROP_REASONS.map((reason): [string, number] => [reason === 'too few steps' ? `dropped: fewer than ${minSteps} steps` : `dropped: ${reason}`, this.#count(reason)]),
      ['no usable reply', this.#count('failed')]
    ]
    return rows.map(([name, count]) => `${name.padEnd(30)} ${String(count).padStart(6)}`)
  }

  summary(): Record<string, number> {
    return {
      paths: this.#done - this.#count('failed'), kept: this.#kept, noAnswer: this.#count('no answer'), wrong: this.#count('wrong answer'),
      malformed: this.#count('not well-formed'), short: this.#count('too few steps'), failed: this.#count('failed')
    }
  }

  #count(reason: DropReason | 'failed'): number {
    return this.#dropped.get(reason) ?? 0
  }
}
