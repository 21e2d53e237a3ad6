import { generateItem } from '#main/curate/synthetic/generate.ts'
import { GENERATORS } from '#main/curate/synthetic/syntheticItem.ts'
import type { TokenizerJson } from '#main/model/tokenizerJson.ts'
import { trainBpe } from './bpe.ts'
import { lessonAt } from './lessons/mix.ts'

/**
 * Pieces of the wire format that become one token each: a drawn line then costs about 18 tokens, of which the model has to
 * decide only the numbers. They are ordinary text tokens, so any text still encodes and decodes exactly.
 */
export const WIRE_PIECES = [
  '<think>', ' </think> Action: Path Tracer\n```json\n[', ' </think> Action: Object Mapper\n```json\n[',
  ' </think> Action: Answer\n<answer>', '<answer>', ' </answer>', '{"index": ', ', "start_point_2d": [', '], "end_point_2d": [',
  ', "bbox_2d": [', '], "label": "', '"}', ']\n```', ', '
] as const

const VOCABULARY_SIZE = 640

/** Sentences users say around questions and observations (resources/prompts/pocket.json). */
const FRAMES = ['Image 1.', 'Image 2. Go on.', 'Image 3. Answer now.', 'Options: yes, no', 'Answer with one letter.', 'Question:']

/** The tokenizer of the tiny model: byte-level BPE over everything the generators, teachers and lessons say. */
export function pocketTokenizer(): TokenizerJson {
  const corpus: string[] = [...FRAMES, ...FRAMES]
  for (const generator of GENERATORS) {
    for (let index = 0; index < 400; index++) {
      const item = generateItem(generator, 11, index)
      corpus.push(item.question, ...item.teacher(index % 4 === 0 ? 'reflective' : 'plain', index).map(({ text }) => text))
    }
  }
  for (let index = 0; index < 800; index++) {
    for (const { user, assistant } of lessonAt(11, index, (image) => image).turns) corpus.push(user, assistant)
  }
  return trainBpe(corpus, { vocabSize: VOCABULARY_SIZE, addedTokens: WIRE_PIECES })
}
