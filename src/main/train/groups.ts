import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { RewardRule } from './rolloutReward.ts'
import { rollOutItems } from './rollouts.ts'
import type { ScoredPath } from './rollouts.ts'
import { seedFor } from './seeds.ts'
import type { StageContext } from './stages/context.ts'

export interface GroupPlan {
  readonly groupSize: number
  readonly sampling: Sampling
  readonly reward: RewardRule
  readonly runStep: number
  /** Names the stream of one rollout within the run: `prompt` counts the items, `groupIndex` the rollouts of one. */
  readonly stream: (prompt: number, groupIndex: number) => string
}

/** `groupSize` rollouts of each item from the policy as it is now, reported as they end; one group an item, in the items' order. */
export async function rollOutGroups({ bench, run, report }: StageContext, items: readonly DatasetItem[], plan: GroupPlan): Promise<ScoredPath[][]> {
  const { groupSize, sampling, reward, runStep } = plan
  const requests = items.flatMap((item, prompt) => Array.from({ length: groupSize }, (_, groupIndex) => (
    { item, groupIndex, seed: seedFor(run.seed, plan.stream(prompt, groupIndex)) })))
  const paths = await rollOutItems(bench, requests, {
    sampling, runId: run.id, runStep, reward, onPath: ({ trajectory, reward: earned }) => report.trajectory(trajectory, earned)
  })
  return items.map((_, prompt) => paths.slice(prompt * groupSize, (prompt + 1) * groupSize))
}
