import { behaviourOf } from '#shared/domain/behaviour.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { RunId } from '#shared/domain/ids.ts'
import type { Behaviour, Reward } from '#shared/domain/reward.ts'
import type { Sampling, Trajectory } from '#shared/domain/trajectory.ts'
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
  /** The path to go on from, after its first `steps` turns; the new path names it as its parent. */
  prefix?: { path: Trajectory; steps: number }
}

export interface RolloutOptions {
  sampling: Sampling
  runId: RunId | null
  runStep: number | null
  /** How a path earns: the training reward, or the benchmarks' own scorer. */
  reward: RewardRule
  onPath(path: ScoredPath): void
  /** Raised: the paths under way are given up between turns, finished ones were handed to `onPath`. */
  stop?: AbortSignal
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
/** Decoded pixels (3 bytes each) of a portion of requests, and its requests, at most. */
const CHUNK_PIXELS = 64_000_000
const CHUNK_REQUESTS = 256

/**
 * Lets the bench's policy answer the requests, turn by turn, and scores what it wrote; each path is stored as soon as it is
 * finished. Paths come back in the order of the requests.
 * @throws SightlineError `cancelled` when `stop` is raised.
 */
export async function rollOutItems(bench: Workbench, requests: readonly RolloutRequest[], options: RolloutOptions): Promise<ScoredPath[]> {
  const inputs = await Promise.all(requests.map(async ({ item, groupIndex, seed, prefix }) => (
    { item, groupIndex, seed, ...(prefix && { prefix: { ...prefix.path, steps: prefix.path.steps.slice(0, prefix.steps) } }), images: await Promise.all(item.images.map((image) => bench.pictures.raw(image))) })))
  const turns = new PolicyTurns(bench.policy)
  const recorded: Promise<ScoredPath>[] = []
  const episode = { preset: bench.preset, style: bench.style, sampling: options.sampling, smartResize: bench.processor }
  const control = {
    concurrency: CONCURRENCY, ...(options.stop === undefined ? {} : { signal: options.stop }),
    onPath: (draft: PathDraft, index: number) => {
      const path = recordPath(bench, requests[index] as RolloutRequest, draft, options)
      recorded[index] = path
      void path.then(options.onPath, () => undefined)
    }
  }
  return await bench.phases.time('rollout', async () => {
    try {
      await rollOut(inputs, turns, episode, control)
    } finally {
      await Promise.all(recorded)
    }
    return await Promise.all(recorded)
  })
}

/** Requests in portions whose given pictures fit in memory together (16 video frames an item add up). */
export function requestChunks(requests: readonly RolloutRequest[]): RolloutRequest[][] {
  const chunks: RolloutRequest[][] = []
  let pixels = 0
  for (const request of requests) {
    const own = request.item.images.reduce((sum, { width, height }) => sum + width * height, 0)
    if (chunks.length === 0 || pixels + own > CHUNK_PIXELS || (chunks.at(-1)?.length ?? 0) >= CHUNK_REQUESTS) {
      chunks.push([])
      pixels = 0
    }
    chunks.at(-1)?.push(request)
    pixels += own
  }
  return chunks
}

async function recordPath(bench: Workbench, request: RolloutRequest, draft: PathDraft, options: RolloutOptions): Promise<ScoredPath> {
  const { item, groupIndex, seed, prefix } = request
  const trajectory = await toTrajectory(draft, {
    item, ...(prefix && { parentId: prefix.path.id }), prompt: bench.preset.name, drawStyle: bench.style.name, putImage: (raw) => bench.pictures.put(raw, { kind: 'drawn' }),
    origin: {
      kind: 'model', checkpointId: bench.checkpoint.id, runId: options.runId, runStep: options.runStep, groupIndex,
      sampling: { ...options.sampling, seed }
    }
  })
  const reward = bench.phases.timeSync('score', () => rewardOf(item, trajectory, bench.preset.turnShape, options.reward))
  return { item, groupIndex, trajectory, reward, behaviour: behaviourOf(trajectory) }
}
