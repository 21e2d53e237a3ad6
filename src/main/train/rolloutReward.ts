import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Reward, RewardScale } from '#shared/domain/reward.ts'
import { benchmarkScore } from '../reward/benchmark.ts'
import { composeReward, scorePath } from '../reward/compose.ts'
import type { TurnShape } from '../reward/format.ts'
import type { ScoredPath } from '../reward/scoredPath.ts'

/** How a rollout earns: the training reward of METHOD.md section 2, or S_correct by the benchmarks' own scorer (section 4). */
export type RewardRule = { kind: 'training'; scale: RewardScale; gate: number } | { kind: 'benchmark' }

/**
 * The reward of a rollout under a rule. The benchmarks' scorer knows an option by its letter; where the answers are words (yes or
 * no, colours) a first letter would accept wrong ones, so there the whole answer is matched as in training.
 */
export function rewardOf(item: DatasetItem, path: ScoredPath, shape: TurnShape, rule: RewardRule): Reward {
  if (rule.kind === 'training') return scorePath(item, path, { scale: rule.scale, gate: rule.gate, shape })
  const reward = scorePath(item, path, { scale: 'sum', gate: 0, shape })
  if (item.questionType === 'multipleChoice' && !/^[A-Za-z]\b/.test(item.answer.trim())) return reward
  const correct = benchmarkScore(path.answer ?? '', item.answer, item.questionType)
  return { ...reward, correct, total: correct === null ? null : composeReward(correct, reward.format, { scale: 'sum', gate: 0 }) }
}
