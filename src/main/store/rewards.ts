import type { TrajectoryId } from '#shared/domain/ids.ts'
import { Reward } from '#shared/domain/reward.ts'
import { sqlite } from './connection.ts'
import { decode, flag, unflag } from './decode.ts'
import { refreshFacets, refreshGroup } from './facets.ts'
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
      reference_reflective: flag(reward.referenceReflective), extracted_answer: reward.extractedAnswer, explanation: typeof reward.explanation === 'string' ? reward.explanation : JSON.stringify(reward.explanation)
    }
    project.run(sqlite.insertInto('rewards').values({ trajectory_key: key, ...row }).onConflict((at) => at.column('trajectory_key').doUpdateSet(row)))
    refreshFacets(project, [key])
    refreshGroup(project, key)
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
    referenceReflective: unflag(row.reference_reflective), extractedAnswer: row.extracted_answer, explanation: explanationOf(row.explanation)
  }, 'rewards')
}

/** As it is stored: a code with its values, or the sentence of an earlier version, none of which begins like that. */
function explanationOf(text: string): unknown {
  return text.startsWith('{"code":') ? JSON.parse(text) : text
}
