import { z } from 'zod'
import { DataType, DatasetItem, ItemSummary, QuestionType, Split } from '../domain/datasetItem.ts'
import { ItemId, JobId } from '../domain/ids.ts'
import { PageRequest, page, procedure, ProjectPath } from './base.ts'

/** Items found to show the same pictures (domain/similar.ts); `copy`: duplicates but the oldest of each. */
export const SimilarFilter = z.enum(['leakage', 'duplicate', 'copy', 'shared'])
export type SimilarFilter = z.infer<typeof SimilarFilter>

export const ItemFilter = z.object({
  text: z.string().default(''),
  task: z.string().nullable().default(null),
  split: Split.nullable().default(null),
  dataType: DataType.nullable().default(null),
  questionType: QuestionType.nullable().default(null),
  tag: z.string().nullable().default(null),
  similar: SimilarFilter.nullable().default(null),
  /** What lies in the trash, and nothing else; otherwise what does not. */
  trashed: z.boolean().default(false)
})
export type ItemFilter = z.infer<typeof ItemFilter>

export const Generator = z.enum(['maze', 'relation', 'count'])
export type Generator = z.infer<typeof Generator>

/** Seeded questions with ground truth; optionally the scripted teacher's paths, some of them reflective. */
export const GenerateRequest = z.object({
  generator: Generator,
  count: z.int().positive().max(200_000),
  seed: z.int().nonnegative().max(2 ** 31 - 1),
  split: Split,
  teacherPaths: z.boolean().default(true),
  /** Share of the teacher's paths that hold one wrong shape and its correction. */
  reflectiveShare: z.number().min(0).max(1).default(0.15)
})
export type GenerateRequest = z.infer<typeof GenerateRequest>

/** Ids take the place of the filter. */
export const ExportRequest = z.object({ filter: ItemFilter, ids: z.array(ItemId).min(1).max(100_000).nullable().default(null) })
export type ExportRequest = z.infer<typeof ExportRequest>

export const itemsContract = {
  list: procedure.input(z.object({ filter: ItemFilter, page: PageRequest })).output(page(ItemSummary)),
  get: procedure.input(z.object({ id: ItemId })).output(DatasetItem),
  /** Imports a record file that was uploaded below `inbox/`; the job's log holds each refused record with line and reason. */
  import: procedure.input(z.object({ path: ProjectPath })).output(z.object({ jobId: JobId })),
  /** The real photographs, video and questions that ship with the program. */
  importSample: procedure.output(z.object({ jobId: JobId })),
  generate: procedure.input(GenerateRequest).output(z.object({ jobId: JobId })),
  /** Writes the items that pass the filter, or the named ones, as ViLaSR records with their pictures to a folder of their own below `exports/`. */
  export: procedure.input(ExportRequest).output(z.object({ jobId: JobId }))
}
