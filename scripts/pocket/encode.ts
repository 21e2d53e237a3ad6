import { Random } from '#shared/domain/random.ts'
import { encodeAssistantTurn, encodeUserTurn } from '#main/model/chatTemplate.ts'
import type { PatchedImage } from '#main/model/patches.ts'
import { preprocess, visualTokens } from '#main/model/processor.ts'
import type { ProcessorConfig } from '#main/model/processor.ts'
import type { AuxiliarySample, TokenSample } from '#main/model/sequence.ts'
import type { Tokenizer } from '#main/model/tokenizer.ts'
import { DETAILS, EMPTY, wordToken } from './lessons/contents.ts'
import type { Lesson, LessonTurn } from './lessons/lesson.ts'

export interface Encoder {
  tokenizer: Tokenizer
  processor: ProcessorConfig
}

/** Share of empty cells that count for the auxiliary head: most cells are empty and would drown the rest. */
const EMPTY_SHARE = 0.25

/** Cells of a 112 px picture across and down. */
const CELLS = 4

/**
 * The auxiliary heads: the word for what a visual token's cell holds (by the token embedding itself: a feature comes to point
 * where its word does, so that words find places), its shape or `end`, its row, its column.
 */
export const AUXILIARY_CLASSES = ['vocabulary', DETAILS.length, CELLS, CELLS] as const

/** User and assistant turns as one sequence; loss on what the assistant writes, its closing token included. */
export function encodeTurns(turns: readonly LessonTurn[], { tokenizer, processor }: Encoder): TokenSample {
  const ids: number[] = []
  const loss: number[] = []
  const images: PatchedImage[] = []
  turns.forEach(({ user, images: pictures, assistant }, i) => {
    const imageTokens = pictures.map(({ width, height }) => visualTokens(width, height, processor))
    const prompt = encodeUserTurn(tokenizer, { system: null, text: user, imageTokens, first: i === 0 })
    const response = encodeAssistantTurn(tokenizer, assistant)
    ids.push(...prompt, ...response)
    loss.push(...prompt.map(() => 0), ...response.map(() => 1))
    images.push(...pictures.map((picture) => preprocess(picture, processor)))
  })
  return { ids: Int32Array.from(ids), loss: Float32Array.from(loss), images }
}

/** A lesson with targets for the auxiliary heads; `seed` decides which empty cells count. */
export function encodeLesson(lesson: Lesson, encoder: Encoder, seed: number): AuxiliarySample {
  const random = Random.seeded(seed, 'auxiliary')
  const visualTargets = lesson.contents.map((cells) => Int32Array.from(cells.flatMap(({ word, detail }, i) => {
    const shown = word !== EMPTY || random.chance(EMPTY_SHARE)
    return [
      shown ? wordToken(word, encoder.tokenizer) : -1, detail === null ? -1 : DETAILS.indexOf(detail), Math.floor(i / CELLS), i % CELLS
    ]
  })))
  return { ...encodeTurns(lesson.turns, encoder), visualTargets }
}
