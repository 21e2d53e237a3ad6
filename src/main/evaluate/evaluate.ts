import type { DatasetItem, Split } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { EvaluationRun } from '#shared/domain/evaluation.ts'
import type { EvaluationId } from '#shared/domain/ids.ts'
import type { Progress } from '#shared/domain/job.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import { ProgressMeter } from '../train/progress.ts'
import { requestChunks, rollOutItems } from '../train/rollouts.ts'
import type { ScoredPath } from '../train/rollouts.ts'
import { seedFor } from '../train/seeds.ts'
import type { Workbench } from '../train/workbench.ts'
import { overallScore, taskScores } from './metrics.ts'

export interface EvaluationRequest {
  id: EvaluationId
  label: string
  split: Split
  items: DatasetItem[]
  sampling: Sampling
  stop: AbortSignal
  onPath(path: ScoredPath): void
  onProgress(progress: Progress): void
}


/**
 * The bench's policy over held-out items, one rollout each (greedy at temperature 0), scored by the benchmarks' rules;
 * METHOD.md section 4. Null when a stop came before the end: a score over part of the items is not that score.
 */
export async function evaluatePolicy(bench: Workbench, request: EvaluationRequest): Promise<EvaluationRun | null> {
  const { items, sampling } = request
  const meter = new ProgressMeter('evaluation', 'items', items.length)
  const paths: ScoredPath[] = []
  let done = 0
  const requests = items.map((item, index) => ({ item, groupIndex: 0, seed: seedFor(sampling.seed, `item ${index}`) }))
  try {
    for (const chunk of requestChunks(requests)) {
      paths.push(...await rollOutItems(bench, chunk, {
        sampling, runId: null, runStep: null, reward: { kind: 'benchmark' }, stop: request.stop,
        onPath: (path) => {
          request.onPath(path)
          request.onProgress(meter.at(++done))
        }
      }))
    }
  } catch (error) {
    if (error instanceof SightlineError && error.code === 'cancelled') return null
    throw error
  }
  return {
    id: request.id, checkpointId: bench.checkpoint.id, label: request.label, split: request.split,
    prompt: bench.preset.name, drawStyle: bench.style.name, sampling,
    scores: taskScores(paths), overall: overallScore(paths), createdAt: new Date().toISOString()
  }
}
