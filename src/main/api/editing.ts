import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getEditHistory } from '../store/editHistories.ts'
import { labelsOfItem, labelsOfProject } from '../store/labels.ts'
import type { ProjectReader } from '../store/project.ts'
import { listRivals, originalVersion, settleRivals } from '../store/rivals.ts'
import { operationsOf } from '../store/steps.ts'
import { getTrajectory } from '../store/trajectories.ts'
import { os } from './implement.ts'
import { StepReader } from './stepReadings.ts'

export function editingHandlers({ project, edits }: Workshop) {
  const reader = new StepReader(project)
  return os.editing.router({
    open: os.editing.open.handler(({ input: { id, reviewer } }) => ({
      history: getEditHistory(project, id, reviewer), original: originalOf(project, id), rivals: listRivals(project, id)
    })),
    readings: os.editing.readings.handler(({ input }) => reader.read(getTrajectory(project, input.id))),
    watch: os.editing.watch.handler(async function* ({ signal }) {
      yield* edits.subscribe(signal)
    }),
    settle: os.editing.settle.handler(({ input: { id, rival, choice } }) => {
      settleRivals(project, id, rival, choice)
      edits.publish({ itemId: getTrajectory(project, id).itemId, trajectoryId: id })
      return { rivals: listRivals(project, id) }
    }),
    labels: os.editing.labels.handler(({ input: { itemId } }) => ({ item: labelsOfItem(project, itemId), project: labelsOfProject(project) }))
  })
}

/** Operations by step as they were before any person edited them. */
function originalOf(project: ProjectReader, id: TrajectoryId): DrawOp[][] {
  return operationsOf(project, originalVersion(project, id))
}
