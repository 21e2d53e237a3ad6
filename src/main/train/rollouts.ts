import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { RunId } from '#shared/domain/ids.ts'
import type { Behaviour, Reward } from '#shared/domain/reward.ts'
import type { Sampling, Trajectory } from '#shared/domain/trajectory.ts'
import { behaviourOf } from '../reward/behaviour.ts'
import { rollOut } from '../rollout/group.ts'
import { PolicyTurns } from '../rollout/policyTurns.ts'
import type { PathDraft } from '../rollout/episode.ts'
import { toTrajectory } from '../rollout/record.ts'
import { rewardOf } from './rolloutReward.ts'
import type { RewardRule } from './rolloutReward.ts'
import type { Workbench } from './workbench.ts'

export interface RolloutRequest {
  item: DatasetItem
  /** Which rollout of its item's group this is (0-based); a group shares its prompt's cache. */
  groupIndex: number
  seed: number
}

export interface RolloutOptions {
  sampling: Sampling
  runId: RunId | null
  runStep: number | null
  /** How a path earns: the training reward, or the benchmarks' own scorer. */
  reward: RewardRule
  onPath(path: ScoredPath): void
}

/** A finished rollout as it is stored, with what it earned. */
export interface ScoredPath {
  item: DatasetItem
  groupIndex: number
  trajectory: Trajectory
  reward: Reward
  behaviour: Behaviour
}

/** Conversations in flight at once: enough to fill the matrix kernels, few enough for the cache to stay in memory. */
const CONCURRENCY = 64

/**
 * Lets the bench's policy answer the requests, turn by turn, and scores what it wrote; each path is stored as soon as it is
 * finished. Paths come back in the order of the requests.
 */
export async function rollOutItems(bench: Workbench, requests: readonly RolloutRequest[], options: RolloutOptions): Promise<ScoredPath[]> {
  const inputs = await Promise.all(requests.map(async ({ item, groupIndex, seed }) => (
    { item, groupIndex, seed, images: await Promise.all(item.images.map((image) => bench.pictures.raw(image))) })))
  const turns = new PolicyTurns(bench.policy)
  const recorded: Promise<ScoredPath>[] = []
  const episode = { preset: bench.preset, style: bench.style, sampling: options.sampling, smartResize: bench.policy.processor }
  await rollOut(inputs, turns, episode, {
    concurrency: CONCURRENCY,
    onPath: (draft, index) => {
      const path = recordPath(bench, requests[index] as RolloutRequest, draft, options)
      recorded[index] = path
      void path.then(options.onPath, () => undefined)
    }
  })
  return await Promise.all(recorded)
}

async function recordPath(bench: Workbench, request: RolloutRequest, draft: PathDraft, options: RolloutOptions): Promise<ScoredPath> {
  const { item, groupIndex, seed } = request
  const trajectory = await toTrajectory(draft, {
    item, prompt: bench.preset.name, drawStyle: bench.style.name, putImage: (raw) => bench.pictures.put(raw, { kind: 'drawn' }),
    origin: {
      kind: 'model', checkpointId: bench.checkpoint.id, runId: options.runId, runStep: options.runStep, groupIndex,
      sampling: { ...options.sampling, seed }
    }
  })
  return { item, groupIndex, trajectory, reward: rewardOf(item, trajectory, bench.preset.turnShape, options.reward), behaviour: behaviourOf(trajectory) }
}
