import type { ItemId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import type { ProjectReader } from './project.ts'

const OFFERED = 60
/** Operations looked at for the project's labels: enough to know its habits, few enough to answer while one types. */
const RECENT = 5000

/** Labels used on an item's paths and in its ground truth, most used first; drawn numbers are no names. */
export function labelsOfItem(project: ProjectReader, itemId: ItemId): string[] {
  const item = sqlite.selectFrom('items').select('key').where('id', '=', itemId)
  const drawn = sqlite.selectFrom('operations').innerJoin('steps', 'steps.key', 'operations.step_key')
    .innerJoin('trajectories', 'trajectories.key', 'steps.trajectory_key').select('operations.label').where('trajectories.item_key', '=', item)
  const truth = sqlite.selectFrom('item_truth').select('item_truth.label').where('item_truth.item_key', '=', item)
  return mostUsed(project.all(drawn.unionAll(truth)).map(({ label }) => label))
}

/** Labels most used in the project's newest operations. */
export function labelsOfProject(project: ProjectReader): string[] {
  return mostUsed(project.all(sqlite.selectFrom('operations').select('label').orderBy('step_key', 'desc').limit(RECENT)).map(({ label }) => label))
}

function mostUsed(labels: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const label of labels) if (/\D/.test(label)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, OFFERED).map(([label]) => label)
}
