import { SightlineError } from '#shared/domain/errors.ts'
import { renderWithTemplate } from './jinjaTemplate.ts'
import type { ChatMessage } from './jinjaTemplate.ts'
import { countImageTokens } from './tokenizer.ts'
import type { Tokenizer } from './tokenizer.ts'

/** Marks a picture's place in the text of a turn. */
export const IMAGE_MARKER = '<image>'

/** One user turn of a dialogue, ready to be encoded. */
export interface EncodedTurnInput {
  /** System text of the first turn; null = what the checkpoint's template does without one. Later turns must give null. */
  readonly system: string | null
  /** The turn's text; every `<image>` is a picture. */
  readonly text: string
  /** Visual tokens of each picture, in order (`PatchedImage.tokens`). */
  readonly imageTokens: readonly number[]
  /** true: the dialogue begins here; false: the ids follow the model's `<|im_end|>`. */
  readonly first: boolean
}

/**
 * Ids of a user turn in ChatML, ending with the generation prompt `<|im_start|>assistant\n`; with `first: false` they
 * begin with the newline that follows the model's `<|im_end|>`, so that a dialogue is the concatenation of its turns.
 * Each picture is `<|vision_start|>`, its number of `<|image_pad|>`, `<|vision_end|>`.
 * Throws `bad_input` when pictures and markers do not match or the text itself holds a placeholder token.
 */
export function encodeUserTurn(tokenizer: Tokenizer, turn: EncodedTurnInput): number[] {
  const pieces = turn.text.split(IMAGE_MARKER)
  if (pieces.length - 1 !== turn.imageTokens.length) {
    throw new SightlineError('bad_input',
      `The turn has ${pieces.length - 1} ${IMAGE_MARKER} markers for ${turn.imageTokens.length} pictures`,
      { where: shortened(turn.text), advice: 'Give each picture exactly one marker' })
  }
  if (!turn.first && turn.system !== null) throw new SightlineError('bad_input', 'Only the first turn can have a system text')
  const before = turn.first ? systemTurn(turn.system ?? tokenizer.defaultSystem) : '\n'
  const text = `${before}<|im_start|>user\n${pieces.join('<|vision_start|><|image_pad|><|vision_end|>')}<|im_end|>\n<|im_start|>assistant\n`
  const ids = tokenizer.encode(text)
  if (countImageTokens(ids, tokenizer.special) !== turn.imageTokens.length) {
    throw new SightlineError('bad_input', 'The text of the turn holds a picture placeholder token', {
      where: shortened(turn.text), advice: `Remove <|image_pad|> and <|video_pad|> from the text; ${IMAGE_MARKER} marks a picture`
    })
  }
  return expandPlaceholders(ids, turn.imageTokens, tokenizer.special.imagePad)
}

/** Ids of what the model writes in one turn: the text and the closing `<|im_end|>`. */
export function encodeAssistantTurn(tokenizer: Tokenizer, text: string): number[] {
  return [...tokenizer.encode(text), tokenizer.special.imEnd]
}

/**
 * Compares our turn-by-turn encoding with the checkpoint's own template on a dialogue with a system text, several
 * pictures and three turns, and on one without system text. Throws `bad_checkpoint` on the first difference: such a
 * checkpoint would see another prompt format than the one it was trained on.
 */
export function verifyChatTemplate(tokenizer: Tokenizer, where = 'chat_template'): void {
  if (tokenizer.chatTemplate === null) return
  for (const system of ['Draw before you answer.', null]) {
    const rendered = renderWithTemplate(tokenizer.chatTemplate, dialogue(system), { addGenerationPrompt: true, where })
    const expected = tokenizer.encode(rendered)
    const ours = [
      ...encodeUserTurn(tokenizer, { system, text: '<image><image>\nWhich is closer?', imageTokens: [1, 1], first: true }),
      ...encodeAssistantTurn(tokenizer, 'A box first.'),
      ...encodeUserTurn(tokenizer, { system: null, text: 'Image 3: <image>', imageTokens: [1], first: false }),
      ...encodeAssistantTurn(tokenizer, 'The lamp.'),
      ...encodeUserTurn(tokenizer, { system: null, text: 'Sure?', imageTokens: [], first: false })
    ]
    const at = ours.findIndex((id, i) => id !== expected[i])
    if (at >= 0 || ours.length !== expected.length) {
      const from = Math.max(0, (at < 0 ? ours.length : at) - 3)
      const saw = JSON.stringify(tokenizer.decode(expected.slice(from, from + 12)))
      throw new SightlineError('bad_checkpoint', `The chat template is not Qwen's ChatML: it writes ${saw} at token ${from}`, {
        where, advice: 'Use a Qwen2-VL or Qwen2.5-VL checkpoint with its released template'
      })
    }
  }
}

function dialogue(system: string | null): ChatMessage[] {
  const first: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }]
  return [
    ...first,
    { role: 'user', content: [{ type: 'image' }, { type: 'image' }, { type: 'text', text: '\nWhich is closer?' }] },
    { role: 'assistant', content: 'A box first.' },
    { role: 'user', content: [{ type: 'text', text: 'Image 3: ' }, { type: 'image' }] },
    { role: 'assistant', content: 'The lamp.' },
    { role: 'user', content: 'Sure?' }
  ]
}

/** Repeats the n-th `placeholder` of `ids` `counts[n]` times. */
export function expandPlaceholders(ids: readonly number[], counts: readonly number[], placeholder: number): number[] {
  const expanded: number[] = []
  let next = 0
  for (const id of ids) {
    const count = id === placeholder ? counts[next++] ?? 1 : 1
    for (let i = 0; i < count; i++) expanded.push(id)
  }
  return expanded
}

function systemTurn(system: string | null): string {
  return system === null ? '' : `<|im_start|>system\n${system}<|im_end|>\n`
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}
