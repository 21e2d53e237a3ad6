import { z } from 'zod'
import { DrawOp } from './drawOp.ts'
import { ItemId } from './ids.ts'
import { ImageRef } from './imageRef.ts'

export const Split = z.enum(['train', 'validation', 'test'])
export type Split = z.infer<typeof Split>

/** How an answer is scored (METHOD.md section 2); `vci` is SPAR's camera motion. */
export const QuestionType = z.enum(['multipleChoice', 'numerical', 'regression', 'freeForm', 'vci'])
export type QuestionType = z.infer<typeof QuestionType>

export const DataType = z.enum(['image', 'multiView', 'video'])
export type DataType = z.infer<typeof DataType>

export const ItemOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('import'), file: z.string(), line: z.int().positive() }),
  z.object({ kind: z.literal('synthetic'), generator: z.string(), seed: z.int(), index: z.int().nonnegative() })
])
export type ItemOrigin = z.infer<typeof ItemOrigin>

/** A spatial question over one picture, several views or video frames. */
export const DatasetItem = z.object({
  id: ItemId,
  task: z.string().min(1),
  split: Split,
  dataType: DataType,
  questionType: QuestionType,
  question: z.string().min(1),
  options: z.array(z.string()).nullable(),
  answer: z.string(),
  images: z.array(ImageRef).min(1),
  /** Ground-truth shapes where the maker knows them (space `source`), to measure drawing itself. */
  truth: z.array(DrawOp),
  tags: z.array(z.string()),
  origin: ItemOrigin,
  createdAt: z.iso.datetime(),
  /** Which of its versions this is, counted from 1; left out on an item that is not stored yet. */
  version: z.int().positive().optional()
})
export type DatasetItem = z.infer<typeof DatasetItem>

/** What lists show: no truth, one thumbnail. */
export const ItemSummary = DatasetItem.pick({
  id: true, task: true, split: true, dataType: true, questionType: true, question: true, answer: true, tags: true, createdAt: true
}).extend({ thumbnail: ImageRef, imageCount: z.int(), trajectoryCount: z.int() })
export type ItemSummary = z.infer<typeof ItemSummary>
