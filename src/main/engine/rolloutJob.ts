import { SightlineError } from '#shared/domain/errors.ts'
import { ProgressMeter } from '../train/progress.ts'
import { requestChunks, rollOutItems } from '../train/rollouts.ts'
import { seedFor } from '../train/seeds.ts'
import { checkQuestions } from '../train/questions.ts'
import { readDataset } from './dataset.ts'
import { openBench } from './openBench.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'

/** `samplesPerItem` rollouts of every item, for review; with `keepSteps`, of every item's first path after so many of its turns. */
export async function rolloutJob(job: Extract<EngineJob, { kind: 'rollout' }>, channel: JobChannel): Promise<JobEnding> {
  const lines = await readDataset(job.dataset)
  const bench = await openBench(job)
  checkQuestions(lines.map(({ item }) => item), bench)
  const requests = lines.flatMap(({ item, trajectories: [path] }, index) => Array.from({ length: job.samplesPerItem }, (_, groupIndex) => ({
    item, groupIndex, seed: seedFor(job.sampling.seed, `item ${job.places?.[index] ?? index} rollout ${groupIndex}`),
    ...(path !== undefined && job.keepSteps !== undefined && { prefix: { path, steps: job.keepSteps } })
  })))
  const meter = new ProgressMeter('rollout', 'paths', requests.length)
  let done = 0
  let correct = 0
  try {
    for (const chunk of requestChunks(requests)) {
      await rollOutItems(bench, chunk, {
        sampling: job.sampling, runId: null, runStep: null, reward: { kind: 'training', scale: 'sum', gate: 0 }, stop: channel.stop,
        onPath: ({ trajectory, reward }) => {
          channel.emit({ kind: 'trajectory', trajectory, reward })
          channel.emit({ kind: 'progress', progress: meter.at(++done) })
          correct += reward.correct ?? 0
        }
      })
    }
  } catch (error) {
    if (error instanceof SightlineError && error.code === 'cancelled') return { kind: 'stopped' }
    throw error
  }
  return { kind: 'finished', summary: { paths: done, correct: done === 0 ? 0 : correct / done } }
}
