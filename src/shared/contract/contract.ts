import type { ContractRouterClient } from '@orpc/contract'
import { comparisonContract } from './comparison.ts'
import { devicesContract } from './devices.ts'
import { editingContract } from './editing.ts'
import { endpointsContract } from './endpoints.ts'
import { filtersContract } from './filters.ts'
import { itemBulkContract } from './itemBulk.ts'
import { itemEditsContract } from './itemEdits.ts'
import { itemsContract } from './items.ts'
import { jobsContract } from './jobs.ts'
import { modelsContract } from './models.ts'
import { prelabelContract } from './prelabel.ts'
import { projectContract } from './project.ts'
import { queuesContract } from './queues.ts'
import { reviewersContract } from './reviewers.ts'
import { similarContract } from './similar.ts'
import { tidyContract } from './tidy.ts'
import { evaluationContract, trainingContract } from './training.ts'
import { trajectoriesContract } from './trajectories.ts'

/** The one typed API behind every door. Pictures go by URL (`/blob/<id>`, `/thumbnail/<id>?side=`), uploads by `PUT /inbox/<batch>/<path>`. */
export const contract = {
  project: projectContract,
  items: itemsContract,
  itemEdits: itemEditsContract,
  itemBulk: itemBulkContract,
  trajectories: trajectoriesContract,
  filters: filtersContract,
  queues: queuesContract,
  reviewers: reviewersContract,
  editing: editingContract,
  training: trainingContract,
  models: modelsContract,
  devices: devicesContract,
  evaluation: evaluationContract,
  jobs: jobsContract,
  endpoints: endpointsContract,
  prelabel: prelabelContract,
  comparison: comparisonContract,
  similar: similarContract,
  tidy: tidyContract
}

export type SightlineClient = ContractRouterClient<typeof contract>
