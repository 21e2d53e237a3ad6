import type { Workshop } from '../jobs/workshop.ts'
import { deleteFilter, listFilters, renameFilter, saveFilter } from '../store/savedFilters.ts'
import { os } from './implement.ts'

export function filterHandlers({ project }: Workshop) {
  return os.filters.router({
    list: os.filters.list.handler(({ input }) => listFilters(project, input.target)),
    save: os.filters.save.handler(({ input }) => {
      saveFilter(project, input)
      return input
    }),
    rename: os.filters.rename.handler(({ input: { target, name, to } }) => { renameFilter(project, target, name, to) }),
    delete: os.filters.delete.handler(({ input: { target, name } }) => { deleteFilter(project, target, name) })
  })
}
