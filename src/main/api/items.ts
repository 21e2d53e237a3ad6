import { realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { startGenerating } from '../jobs/generating.ts'
import { sampleFile, startImport } from '../jobs/importing.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getItem, listItems } from '../store/items.ts'
import { os } from './implement.ts'

export function itemHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.items.router({
    list: os.items.list.handler(({ input }) => listItems(project, input.filter, input.page)),
    get: os.items.get.handler(({ input }) => getItem(project, input.id)),
    import: os.items.import.handler(async ({ input }) => {
      const file = await fileInside(project.folder, input.path)
      return startImport(workshop, file, `Import ${basename(file)}`)
    }),
    importSample: os.items.importSample.handler(() => startImport(workshop, sampleFile(workshop), 'Import the real questions')),
    generate: os.items.generate.handler(({ input }) => startGenerating(workshop, input))
  })
}

/** The real path of a file below the project folder. @throws SightlineError `not_found`, or `outside_project` through a link */
async function fileInside(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  const file = await realpath(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new SightlineError('not_found', 'There is no such file in the project folder', { where: path, advice: 'Upload it first', cause: error })
  })
  if (!file.startsWith(root + sep)) throw new SightlineError('outside_project', 'The file lies outside the project folder', { where: path })
  return file
}
