import { z } from 'zod'
import { DatasetVersionId } from './ids.ts'

/** A frozen list of items (and, for supervised stages, of paths): what a run reads, by content hash. */
export const DatasetVersion = z.object({
  id: DatasetVersionId,
  name: z.string(),
  /** SHA-256 over the sorted ids it holds. */
  hash: z.string(),
  itemCount: z.int(),
  trajectoryCount: z.int(),
  createdAt: z.iso.datetime()
})
export type DatasetVersion = z.infer<typeof DatasetVersion>
