import type { TrajectoryId } from '#shared/domain/ids.ts'
import { Reward } from '#shared/domain/reward.ts'
import { sqlite } from './connection.ts'
import { decode, flag, unflag } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'
import { trajectoryKey } from './trajectoryKey.ts'

type RewardRow = Omit<Tables['rewards'], 'trajectory_key'>

/** Sets (or, after a change of rules, replaces) a path's reward. NaN scores must come as null. Throws `not_found`. */
export function setReward(project: ProjectWriter, id: TrajectoryId, reward: Reward): void {
  project.transaction(() => {
    const key = trajectoryKey(project, id)
    const row: RewardRow = {
      total: reward.total, correct: reward.correct, format: reward.format, reflective: flag(reward.reflective),
      reference_reflective: flag(reward.referenceReflective), extracted_answer: reward.extractedAnswer, explanation: reward.explanation
    }
    project.run(sqlite.insertInto('rewards').values({ trajectory_key: key, ...row }).onConflict((at) => at.column('trajectory_key').doUpdateSet(row)))
    refreshFacets(project, key)
  })
}

/** A path's reward, null while it has none. */
export function getReward(project: ProjectReader, id: TrajectoryId): Reward | null {
  const row = project.first(sqlite.selectFrom('rewards').innerJoin('trajectories', 'trajectories.key', 'rewards.trajectory_key')
    .selectAll('rewards').where('trajectories.id', '=', id))
  return row === undefined ? null : rewardOf(row)
}

export function rewardOf(row: RewardRow): Reward {
  return decode(Reward, {
    total: row.total, correct: row.correct, format: row.format, reflective: unflag(row.reflective),
    referenceReflective: unflag(row.reference_reflective), extractedAnswer: row.extracted_answer, explanation: row.explanation
  }, 'rewards')
}

/**
 * Brings the columns that lists filter by up to date with reward and reviews; call it in the transaction that changed them.
 * `correct` is S_correct > 0 (METHOD.md section 2 with beta = 0); a person's reflective mark overrules the rule's.
 */
export function refreshFacets(project: ProjectWriter, key: number): void {
  const reward = project.first(sqlite.selectFrom('rewards').select(['correct', 'reflective']).where('trajectory_key', '=', key))
  const reviews = project.all(sqlite.selectFrom('reviews').select(['reviewer', 'verdict', 'reflective']).where('trajectory_key', '=', key).orderBy('key', 'desc'))
  const current = reviews.filter((review, i) => reviews.findIndex(({ reviewer }) => reviewer === review.reviewer) === i)
  const marked = current.find(({ reflective }) => reflective !== null)?.reflective ?? null
  const correct = reward?.correct ?? null
  project.run(sqlite.updateTable('trajectories').where('key', '=', key).set({
    correct: correct === null ? null : flag(correct > 0),
    reflective: marked ?? reward?.reflective ?? null,
    verdict: current.find(({ verdict }) => verdict !== null)?.verdict ?? null,
    marked_reflective: marked
  }))
}
