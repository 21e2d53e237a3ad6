import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { SimilarCounts, SimilarGroup, SimilarKind, SimilarState } from '../domain/similar.ts'
import { page, PageRequest, procedure } from './base.ts'

export const similarContract = {
  /** How far comparing is, as it goes on; begins it where something is pending. */
  watch: procedure.output(eventIterator(SimilarState)),
  /** Breaks comparing off; what was looked at stays. */
  stop: procedure.output(SimilarState),
  start: procedure.output(SimilarState),
  counts: procedure.output(SimilarCounts),
  /** `total` counts findings. */
  groups: procedure.input(z.object({ kind: SimilarKind, page: PageRequest })).output(page(SimilarGroup))
}
