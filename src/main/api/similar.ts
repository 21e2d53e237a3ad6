import { similarGroups } from '../curate/similar/findings.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { similarCounts } from '../store/similar.ts'
import { os } from './implement.ts'

export function similarHandlers({ project, similar }: Workshop) {
  return os.similar.router({
    watch: os.similar.watch.handler(async function* ({ signal }) {
      if (similar.state.pending > 0) similar.wake()
      yield* similar.watch(signal)
    }),
    stop: os.similar.stop.handler(async () => {
      await similar.stop()
      return similar.state
    }),
    start: os.similar.start.handler(() => {
      similar.wake()
      return similar.state
    }),
    counts: os.similar.counts.handler(() => similarCounts(project)),
    groups: os.similar.groups.handler(({ input: { kind, page } }) => similarGroups(project, kind, page))
  })
}
