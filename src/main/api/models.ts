import { totalmem } from 'node:os'
import { join } from 'node:path'
import { startModelImport } from '../jobs/importingModel.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getCheckpoint, listCheckpoints } from '../store/checkpoints.ts'
import { os } from './implement.ts'
import { importableFolders, resolveModelFolder } from './modelFolders.ts'

export function modelHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.models.router({
    list: os.models.list.handler(() => listCheckpoints(project)),
    describe: os.models.describe.handler(async ({ input }) => {
      // Loaded when first asked for (it brings the tokenizer): the studio opens without it.
      const { describeModel, plansFor } = await import('../model/modelFacts.ts')
      const described = await describeModel(join(project.folder, getCheckpoint(project, input.checkpointId).folder))
      const machineBytes = totalmem()
      return { facts: described.facts, plans: plansFor(described, input.workload, machineBytes), machineBytes }
    }),
    candidates: os.models.candidates.handler(async () => ({
      folders: await importableFolders(project.folder, workshop.modelFolders), anywhere: workshop.modelFolders === null
    })),
    import: os.models.import.handler(async ({ input }) =>
      startModelImport(workshop, await resolveModelFolder(project.folder, workshop.modelFolders, input.path), input))
  })
}
