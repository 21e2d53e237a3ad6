import type { Workshop } from '../jobs/workshop.ts'
import { listJobs } from '../store/jobs.ts'
import { os } from './implement.ts'

export function jobHandlers({ project, runner }: Workshop) {
  return os.jobs.router({
    list: os.jobs.list.handler(({ input }) => listJobs(project, { limit: input.limit })),
    get: os.jobs.get.handler(({ input }) => runner.log.get(input.jobId)),
    cancel: os.jobs.cancel.handler(({ input }) => {
      runner.cancel(input.jobId)
      return {}
    }),
    watch: os.jobs.watch.handler(({ input, signal }) => {
      // Asked here, not in the generator, so that an unknown id fails the call and not the first event.
      runner.log.get(input.jobId)
      return runner.log.watch(input.jobId, input.afterSeq, signal, input.brief)
    }),
    watchAll: os.jobs.watchAll.handler(({ signal }) => runner.watchAll(signal))
  })
}
