import type { ItemId } from '#shared/domain/ids.ts'
import { scorePath } from '../reward/compose.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { getItem } from '../store/items.ts'
import { bringUpToDate, outdatedPaths } from '../store/itemPaths.ts'
import type { ProjectWriter } from '../store/project.ts'
import { setReward } from '../store/rewards.ts'
import { getTrajectory } from '../store/trajectories.ts'

/**
 * Scores an item's paths of earlier versions by its question as it is now. A reward keeps the answer it was computed against until
 * a person asks for this: nothing is scored anew behind their back, and what a run learned from or an evaluation measured never is.
 * @returns how many paths were scored, and how many left (see the contract)
 * @throws SightlineError `not_found`
 */
export function rescoreItem(project: ProjectWriter, id: ItemId): { scored: number; left: number } {
  const item = getItem(project, id)
  const paths = outdatedPaths(project, id)
  const free = paths.filter(({ bound }) => !bound)
  project.transaction(() => {
    for (const path of free) {
      const trajectory = getTrajectory(project, path.id)
      const shape = loadPromptPreset(trajectory.prompt).turnShape
      if (trajectory.finishReason !== 'cut') setReward(project, path.id, scorePath(item, trajectory, { scale: 'sum', gate: 0, shape }))
      bringUpToDate(project, path.id)
    }
  }, { durable: true })
  return { scored: free.length, left: paths.length - free.length }
}
