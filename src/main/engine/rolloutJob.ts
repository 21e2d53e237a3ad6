import { ProgressMeter } from '../train/progress.ts'
import { rollOutItems } from '../train/rollouts.ts'
import { seedFor } from '../train/seeds.ts'
import { readDataset } from './dataset.ts'
import { openBench } from './openBench.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'

/** Paths in flight between two looks at the stop flag. */
const CHUNK_PATHS = 64

/** `samplesPerItem` rollouts of every item, for review. */
export async function rolloutJob(job: Extract<EngineJob, { kind: 'rollout' }>, channel: JobChannel): Promise<JobEnding> {
  const lines = await readDataset(job.dataset)
  const bench = await openBench(job)
  const requests = lines.flatMap(({ item }, index) => Array.from({ length: job.samplesPerItem }, (_, groupIndex) => (
    { item, groupIndex, seed: seedFor(job.sampling.seed, `item ${index} rollout ${groupIndex}`) })))
  const meter = new ProgressMeter('rollout', 'paths', requests.length)
  const groupsInChunk = Math.max(1, Math.floor(CHUNK_PATHS / job.samplesPerItem))
  let done = 0
  let correct = 0
  for (let from = 0; from < requests.length; from += groupsInChunk * job.samplesPerItem) {
    if (channel.stopRequested()) return { kind: 'stopped' }
    await rollOutItems(bench, requests.slice(from, from + groupsInChunk * job.samplesPerItem), {
      sampling: job.sampling, runId: null, runStep: null, reward: { kind: 'training', scale: 'sum', gate: 0 },
      onPath: ({ trajectory, reward }) => {
        channel.emit({ kind: 'trajectory', trajectory, reward })
        channel.emit({ kind: 'progress', progress: meter.at(++done) })
        correct += reward.correct ?? 0
      }
    })
  }
  return { kind: 'finished', summary: { paths: done, correct: done === 0 ? 0 : correct / done } }
}
