import { startTidy, surveyUnused } from '../jobs/tidying.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { os } from './implement.ts'

export function tidyHandlers(workshop: Workshop) {
  return os.tidy.router({
    preview: os.tidy.preview.handler(({ signal }) => surveyUnused(workshop.project, Date.now(), signal)),
    start: os.tidy.start.handler(() => startTidy(workshop))
  })
}
