import { setImmediate } from 'node:timers/promises'
import { SightlineError } from '#shared/domain/errors.ts'
import type { ItemFilter } from '#shared/contract/items.ts'
import type { Split } from '#shared/domain/datasetItem.ts'
import { ItemId, TrajectoryId } from '#shared/domain/ids.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { isEndpointTeacher, MIN_TEACHER_STEPS } from '#shared/domain/endpoint.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { reviewOpinion } from '../reward/reviewRule.ts'
import { dropReason } from '../reward/teacherRule.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { listItemIds, listTasks } from '../store/items.ts'
import type { ProjectReader } from '../store/project.ts'
import { listTrajectories, type TrajectoryQuery } from '../store/trajectories.ts'

const PAGE = 500

/** The tasks a request means: those it names, or all the project has. */
function tasksOf(project: ProjectReader, tasks: readonly string[]): readonly string[] {
  return tasks.length > 0 ? tasks : listTasks(project)
}

/** Items of a split, at most `limitPerTask` of each task (0 = all), in the order they came. */
export function selectItems(project: ProjectReader, split: Split, tasks: readonly string[], limitPerTask: number): DatasetMembers {
  const itemIds = tasksOf(project, tasks).flatMap((task) => {
    const ids = listItemIds(project, { task, split })
    return limitPerTask > 0 ? ids.slice(0, limitPerTask) : ids
  })
  return new Map(itemIds.map((id) => [id, []]))
}

/**
 * What a stage learns from. Cold start, and preference pairs of paths, take written paths (teacher's and people's) that are correct and well-formed or
 * accepted by a reviewer, never a rejected one, and an endpoint's only with enough turns; of an edited path only its newest
 * version; of a path cut off after an accepted step those steps, for the cold start only, as it has no answer to prefer; and what a model continued from a path, or wrote as a pre-label, where a reviewer accepted it. The other stages take questions; rejection sampling also what people said of paths to them, for keeping and for vetoing.
 * @throws SightlineError `bad_input` when there is nothing to learn from
 */
export function selectForStage(project: ProjectReader, { stage, config }: StageConfig, tasks: readonly string[]): DatasetMembers {
  const questions = new Map(selectItems(project, 'train', tasks, 0))
  const written = stage === 'coldStart' || (stage === 'dpo' && config.pairs === 'paths')
  if (stage === 'reflective') addReviewed(project, tasksOf(project, tasks), questions)
  const members = written ? writtenPaths(project, tasksOf(project, tasks), stage === 'coldStart' ? { minSteps: config.minTeacherSteps, cut: true } : { minSteps: MIN_TEACHER_STEPS, cut: false }) : questions
  if (members.size > 0) return members
  throw new SightlineError('bad_input', written ? 'There is no accepted or correct written path to learn from' : 'There is no question to learn from', {
    where: `split train, tasks ${tasks.length > 0 ? tasks.join(', ') : '(all)'}`,
    advice: written ? 'Generate items with teacher paths, or accept paths in Review' : 'Generate or import items into the train split'
  })
}

/** Adds the paths of these questions that people's reviews keep as examples of reflection, or veto: those in any version. */
function addReviewed(project: ProjectReader, tasks: readonly string[], questions: Map<ItemId, readonly TrajectoryId[]>): void {
  for (const task of tasks) {
    for (const [newestOnly, wanted] of [[true, 'kept'], [false, 'vetoed']] as const) {
      for (const path of allTrajectories(project, { task, reviewed: true, newestOnly })) {
        const itemId = ItemId.parse(path.itemId)
        const paths = questions.get(itemId)
        if (paths !== undefined && reviewOpinion(path) === wanted) questions.set(itemId, [...paths, TrajectoryId.parse(path.id)])
      }
    }
  }
}

function writtenPaths(project: ProjectReader, tasks: readonly string[], { minSteps, cut }: { minSteps: number; cut: boolean }): DatasetMembers {
  const members = new Map<ItemId, TrajectoryId[]>()
  for (const task of tasks) {
    const train = new Set<string>(listItemIds(project, { task, split: 'train' }))
    for (const query of [{ origin: 'teacher' }, { origin: 'human' }, { origin: 'model', verdict: 'accept' }] as const) {
      for (const path of allTrajectories(project, { task, ...query, newestOnly: true })) {
        if (path.originKind === 'model' && path.parentId === null && path.prelabelId === null) continue
        if (path.finishReason === 'cut' && !cut) continue
        if (!train.has(path.itemId) || !worthLearning(path, minSteps)) continue
        const itemId = ItemId.parse(path.itemId)
        const paths = members.get(itemId) ?? []
        paths.push(TrajectoryId.parse(path.id))
        members.set(itemId, paths)
      }
    }
  }
  return members
}

function worthLearning(path: TrajectorySummary, minSteps: number): boolean {
  if (path.verdict !== null) return path.verdict === 'accept'
  return dropReason({ ...path, steps: path.behaviour.steps }, isEndpointTeacher(path.originName) ? minSteps : 1) === null
}

/** Items that pass a filter, taken from the tasks in turn, so that the first ones leave no task out; at most `limit`. Others are served between two tasks. */
export async function firstAcrossTasks(project: ProjectReader, filter: Partial<ItemFilter>, tasks: readonly string[], limit = Infinity): Promise<ItemId[]> {
  const lists: ItemId[][] = []
  for (const task of tasksOf(project, tasks)) {
    lists.push(listItemIds(project, { ...filter, task }))
    await setImmediate()
  }
  const longest = Math.max(0, ...lists.map((ids) => ids.length))
  const mixed = Array.from({ length: longest }, (_, place) => lists.flatMap((ids) => ids.slice(place, place + 1))).flat()
  return mixed.slice(0, limit)
}

/** Paths that answer their question as it is now: one made before an edit would teach an answer to another question. */
function* allTrajectories(project: ProjectReader, query: TrajectoryQuery): Generator<TrajectorySummary> {
  let cursor: string | null = null
  do {
    const page: ReturnType<typeof listTrajectories> = listTrajectories(project, query, { cursor, limit: PAGE })
    yield* page.rows.filter(({ outdated }) => !outdated)
    cursor = page.next
  } while (cursor !== null)
}
