import { runInNewContext } from 'node:vm'
import { Template } from '@huggingface/jinja'
import { SightlineError } from '#shared/domain/errors.ts'

/** A part of a chat message as checkpoint templates expect it. */
export type ChatPart = { readonly type: 'image' } | { readonly type: 'video' } | { readonly type: 'text'; readonly text: string }

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string | readonly ChatPart[]
}

/** ChatML with pictures and no system turn of its own: for checkpoints made here. */
export const CHATML_TEMPLATE = [
  "{% for message in messages %}<|im_start|>{{ message['role'] }}\n",
  "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for content in message['content'] %}",
  "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}<|vision_start|><|image_pad|><|vision_end|>",
  "{% elif content['type'] == 'video' or 'video' in content %}<|vision_start|><|video_pad|><|vision_end|>",
  "{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n",
  '{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}'
].join('')

/** A dialogue is rendered in milliseconds; a template that takes longer was not made to be rendered. */
const LONGEST_MILLISECONDS = 2000
/** Numbers that one rendering may ask `range` for: far more than a dialogue has messages. */
const MOST_NUMBERS = 10_000
/** Puts the bounded `range` in the place of the library's own; the empty output keeps a template's first line break. */
const BOUNDED = "{% set range = bounded_range %}{{ '' }}"

/**
 * Text of a dialogue by a checkpoint's own Jinja template, with one placeholder per picture.
 * Throws `bad_checkpoint` when the template cannot be read, fails, or asks for more time or numbers than any dialogue needs.
 */
export function renderWithTemplate(
  template: string, messages: readonly ChatMessage[], { addGenerationPrompt = false, where = 'chat_template' } = {}
): string {
  try {
    const parsed = new Template(BOUNDED + template)
    const given = { messages, add_generation_prompt: addGenerationPrompt, add_vision_id: false, bounded_range: boundedRange() }
    // The context is only there for its time limit, which also ends what it calls.
    return String(runInNewContext('render()', { render: () => parsed.render(given) }, { timeout: LONGEST_MILLISECONDS }))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SightlineError('bad_checkpoint', `The chat template fails: ${reason}`, {
      where, advice: 'Use the template released with the checkpoint', cause
    })
  }
}

/** Python's `range`, until the numbers run out. */
function boundedRange(): (first: number, second?: number, step?: number) => number[] {
  let left = MOST_NUMBERS
  return (first, second, step = 1) => {
    const [start, stop] = second === undefined ? [0, first] : [first, second]
    if (step === 0) throw new Error('range() step must not be zero')
    const count = Math.max(0, Math.ceil((stop - start) / step))
    left -= count
    if (!(left >= 0)) throw new Error(`range() of more than ${MOST_NUMBERS} numbers`)
    return Array.from({ length: count }, (_, index) => start + index * step)
  }
}

/**
 * The system text a template puts before a dialogue that has none (Qwen2-VL: "You are a helpful assistant."); null when
 * it puts nothing.
 */
export function defaultSystemOf(template: string): string | null {
  const rendered = renderWithTemplate(template, [{ role: 'user', content: 'x' }])
  const found = /^<\|im_start\|>system\n([\s\S]*?)<\|im_end\|>\n/u.exec(rendered)
  return found?.[1] ?? null
}
