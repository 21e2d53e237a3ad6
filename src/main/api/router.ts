import type { Workshop } from '../jobs/workshop.ts'
import { comparisonHandlers } from './comparison.ts'
import { deviceHandlers } from './devices.ts'
import { editingHandlers } from './editing.ts'
import { endpointHandlers } from './endpoints.ts'
import { filterHandlers } from './filters.ts'
import { os } from './implement.ts'
import { itemBulkHandlers } from './itemBulk.ts'
import { itemEditHandlers } from './itemEdits.ts'
import { itemHandlers } from './items.ts'
import { jobHandlers } from './jobs.ts'
import { modelHandlers } from './models.ts'
import { prelabelHandlers } from './prelabel.ts'
import { projectHandlers } from './projectInfo.ts'
import { queueHandlers, reviewerHandlers } from './queues.ts'
import { similarHandlers } from './similar.ts'
import { tidyHandlers } from './tidy.ts'
import { evaluationHandlers, trainingHandlers } from './training.ts'
import { trajectoryHandlers } from './trajectories.ts'

/** The whole contract, implemented on one open project. */
export function createRouter(workshop: Workshop) {
  return os.router({
    project: projectHandlers(workshop),
    items: itemHandlers(workshop),
    itemEdits: itemEditHandlers(workshop),
    itemBulk: itemBulkHandlers(workshop),
    trajectories: trajectoryHandlers(workshop),
    filters: filterHandlers(workshop),
    queues: queueHandlers(workshop),
    reviewers: reviewerHandlers(workshop),
    editing: editingHandlers(workshop),
    training: trainingHandlers(workshop),
    models: modelHandlers(workshop),
    devices: deviceHandlers(workshop),
    evaluation: evaluationHandlers(workshop),
    jobs: jobHandlers(workshop),
    endpoints: endpointHandlers(workshop),
    prelabel: prelabelHandlers(workshop),
    comparison: comparisonHandlers(workshop),
    similar: similarHandlers(workshop),
    tidy: tidyHandlers(workshop)
  })
}

export type StudioRouter = ReturnType<typeof createRouter>
