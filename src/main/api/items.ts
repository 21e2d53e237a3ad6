import { basename, join } from 'node:path'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { startExport } from '../jobs/exporting.ts'
import { startGenerating } from '../jobs/generating.ts'
import { sampleFile, startImport } from '../jobs/importing.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getItem, listItemIds, listItems } from '../store/items.ts'
import { os } from './implement.ts'
import { projectFile } from './projectFile.ts'

export function itemHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.items.router({
    list: os.items.list.handler(({ input }) => listItems(project, input.filter, input.page)),
    get: os.items.get.handler(({ input }) => getItem(project, input.id)),
    import: os.items.import.handler(async ({ input }) => {
      const file = await projectFile(project.folder, input.path)
      return startImport(workshop, file, jobTitle('import', { name: basename(file) }))
    }),
    importSample: os.items.importSample.handler(() => startImport(workshop, sampleFile(workshop), jobTitle('importSample'))),
    generate: os.items.generate.handler(({ input }) => startGenerating(workshop, input)),
    export: os.items.export.handler(({ input: { filter, ids } }) => {
      const name = `questions-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
      return startExport(workshop, join(project.folder, 'exports', name), ids ?? listItemIds(project, filter))
    })
  })
}
