import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { RawImage } from '#main/image/rawImage.ts'

export const GENERATORS = ['maze', 'relation', 'count'] as const
export type GeneratorName = (typeof GENERATORS)[number]

/** `plain` draws everything right; `reflective` places one shape wrong, sees it and corrects it under the same label. */
export type TeacherKind = 'plain' | 'reflective'

/** One assistant turn in the wire format; `mistake` marks the turn that places a shape wrong on purpose. */
export interface TeacherStep {
  text: string
  mistake: boolean
}

export interface GeneratorOptions {
  /** Side of the square picture in pixels: 112 (4 x 4 cells of 28 px) or 168 (6 x 6). */
  side: 112 | 168
  /** Fewest and most moves of a maze question. */
  moves: readonly [number, number]
  /** Fewest and most objects asked for in a count question. */
  counted: readonly [number, number]
}

export const defaultOptions: GeneratorOptions = { side: 112, moves: [2, 4], counted: [1, 5] }

/** A made question with its picture and ground truth (space `source`; at these sizes model pixels are the same). */
export interface SyntheticItem
  extends Pick<DatasetItem, 'task' | 'dataType' | 'questionType' | 'question' | 'options' | 'answer' | 'truth' | 'tags'> {
  origin: Extract<DatasetItem['origin'], { kind: 'synthetic' }>
  image: RawImage
  /** A scripted path that reaches the answer; the same (kind, seed) gives the same path. */
  teacher(kind: TeacherKind, seed: number): TeacherStep[]
}

/** What each generator makes; `generateItem` adds where it came from. */
export type MadeItem = Omit<SyntheticItem, 'origin' | 'dataType'>
