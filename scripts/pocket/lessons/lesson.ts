import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import type { CellContent } from './contents.ts'

/** One question and its answer; `<image>` in `user` marks a picture of `images`. Loss is on the answer only. */
export interface LessonTurn {
  user: string
  images: RawImage[]
  assistant: string
}

/**
 * What one dialogue of the base training teaches. Nothing here is a maze, relation or count question with its answer or its
 * drawing trace: only what those need (where things are, what is where, look-up, small sums, copying).
 */
export interface Lesson {
  turns: LessonTurn[]
  /** Per picture, the content of each 28 px cell in reading order, for the auxiliary heads. */
  contents: CellContent[][]
}

/** Draws shapes (source pixels) on a copy of a picture, as the rollout does. */
export type Draw = (image: RawImage, shapes: DrawOp[]) => RawImage

/** Several questions on one picture: the picture stands in the first. */
export function onPicture(image: RawImage, questions: readonly (readonly [string, string])[], contents: CellContent[]): Lesson {
  const turns = questions.map(([user, assistant], i): LessonTurn => {
    return i === 0 ? { user: `<image>\n${user}`, images: [image], assistant } : { user, images: [], assistant }
  })
  return { turns, contents: [contents] }
}

export const pointText = (numbers: readonly number[]) => `[${numbers.join(', ')}]`

/** Things with their places, in reading order. Words keep the space before them, so each is the same token as in a sentence. */
export function listText(things: readonly { name: string; place: readonly number[] }[]): string {
  return `Here: ${things.map(({ name, place }) => `${name} ${pointText(place)}`).join('; ')}`
}

/** Asking again what was just answered would teach copying, not looking. */
export function withoutRepeats<T extends readonly [string, string]>(exchanges: readonly T[]): T[] {
  return exchanges.filter(([question], i) => exchanges.findIndex(([other]) => other === question) === i)
}
