import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { Endpoint } from '#shared/domain/endpoint.ts'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import type { CheckpointId, ItemId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { PathWish } from '../curate/teach.ts'
import { ChatClient } from '../endpoint/chatClient.ts'
import { getCheckpoint, listCheckpoints } from '../store/checkpoints.ts'
import type { JobContext } from './jobRunner.ts'
import type { ScoredPath } from './storePath.ts'
import { Tally } from './tally.ts'
import type { Workshop } from './workshop.ts'

/** What an endpoint is asked for inside a job. */
export interface Lesson {
  readonly endpoint: Endpoint
  readonly key: string | null
  readonly wishes: readonly PathWish[]
  /** Whose picture sizes are used. */
  readonly student: Checkpoint
  readonly prompt: string
  readonly drawStyle: string
  readonly sampling: Sampling
  /** Fewest turns of a path that counts as worth learning from. */
  readonly minSteps: number
  take(path: ScoredPath): void
  fail?(itemId: ItemId): void
}

/** Lets an endpoint write, telling progress, outcomes and cost. @throws SightlineError as teachItems */
export async function writeWithEndpoint({ project }: Workshop, context: JobContext, lesson: Lesson): Promise<Record<string, number>> {
  const { endpoint, key, wishes, student, prompt, drawStyle, sampling, minSteps } = lesson
  const signal = AbortSignal.any([context.stop, context.kill])
  const client = new ChatClient(endpoint, key, { seed: sampling.seed, signal })
  const tally = new Tally(context, minSteps, client)
  const started = performance.now()
  const tellProgress = (): void => {
    const rate = tally.done / ((performance.now() - started) / 1000)
    context.report({
      kind: 'progress', progress: { phase: 'teach', done: tally.done, total: wishes.length, unit: 'paths', rate, secondsLeft: rate > 0 ? (wishes.length - tally.done) / rate : null }
    })
  }
  const { teachItems } = await import('../curate/teach.ts')
  try {
    await teachItems(project, client, {
      wishes, studentFolder: join(project.folder, student.folder), prompt, drawStyle, sampling, signal,
      onPath: (trajectory, reward) => {
        lesson.take({ trajectory, reward })
        tally.add({ trajectory, reward })
        tellProgress()
      },
      onFailure: (item, error) => {
        context.report({ kind: 'log', level: 'warning', text: `Item ${item.id} (${item.task}): ${describeError(error)}` })
        lesson.fail?.(item.id)
        tally.fail()
        tellProgress()
      }
    })
  } finally {
    for (const text of tally.table()) context.report({ kind: 'log', level: 'info', text })
    context.report({ kind: 'log', level: 'info', text: costLine(client) })
  }
  return tally.summary()
}

/** Limits of a strong model's path; the token limits of those that learn from it do not bind it. */
export function endpointSampling({ temperature, seed, maxTurnTokens, maxTurns }: { temperature: number; seed: number; maxTurnTokens?: number; maxTurns?: number }): Sampling {
  const usual = defaultSampling({ parameters: Number.MAX_SAFE_INTEGER }, { temperature, seed })
  return { ...usual, ...(maxTurnTokens !== undefined && { maxTurnTokens }), ...(maxTurns !== undefined && { maxTurns }) }
}

/** The model an endpoint's paths are for. @throws SightlineError `not_found` */
export function studentOf({ project }: Workshop, studentId: CheckpointId | null): Checkpoint {
  if (studentId !== null) return getCheckpoint(project, studentId)
  const base = listCheckpoints(project).findLast(({ runId }) => runId === null)
  if (base !== undefined) return base
  throw new SightlineError('not_found', 'The project has no model that the paths could be for', { advice: 'Add a model on the Models page' })
}

function costLine({ endpoint, usage }: ChatClient): string {
  const { requests, promptTokens, completionTokens, cost } = usage
  const price = endpoint.price === null ? 'price unknown' : `cost ${cost.toFixed(4)}`
  return `${requests} requests, ${promptTokens} prompt tokens, ${completionTokens} completion tokens, ${price}`
}
