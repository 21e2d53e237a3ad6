import type { SelectQueryBuilder } from 'kysely'
import type { ItemId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import type { ProjectReader } from './project.ts'
import type { Tables } from './schema.ts'

const OFFERED = 60
/** Operations looked at for the project's labels: enough to know its habits, few enough to answer while one types. */
const RECENT = 5000

/** Labels used on an item's paths and in its ground truth, most used first; drawn numbers are no names. */
export function labelsOfItem(project: ProjectReader, itemId: ItemId): string[] {
  const item = sqlite.selectFrom('items').select('key').where('id', '=', itemId)
  const drawn = sqlite.selectFrom('operations').innerJoin('steps', 'steps.key', 'operations.step_key')
    .innerJoin('trajectories', 'trajectories.key', 'steps.trajectory_key').select('operations.label').where('trajectories.item_key', '=', item)
  const truth = sqlite.selectFrom('item_truth').select('item_truth.label').where('item_truth.item_key', '=', item)
  return mostUsed(project.all(drawn.unionAll(truth).$call(counted)))
}

/** Labels most used in the project's newest operations. */
export function labelsOfProject(project: ProjectReader): string[] {
  return mostUsed(project.all(counted(sqlite.selectFrom('operations').select('label').orderBy('step_key', 'desc').limit(RECENT))))
}

/** Counted where the labels are: asked with every path that is shown. */
function counted(labels: SelectQueryBuilder<Tables, keyof Tables, { label: string }>) {
  return sqlite.selectFrom(labels.as('used')).select((eb) => ['used.label', eb.fn.countAll<number>().as('uses')]).groupBy('used.label')
}

function mostUsed(labels: readonly { label: string; uses: number }[]): string[] {
  return labels.filter(({ label }) => /\D/.test(label)).sort((a, b) => b.uses - a.uses || a.label.localeCompare(b.label)).slice(0, OFFERED).map(({ label }) => label)
}
