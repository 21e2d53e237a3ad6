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

/**
 * Text of a dialogue by a checkpoint's own Jinja template, with one placeholder per picture.
 * Throws `bad_checkpoint` when the template cannot be read or fails.
 */
export function renderWithTemplate(
  template: string, messages: readonly ChatMessage[], { addGenerationPrompt = false, where = 'chat_template' } = {}
): string {
  try {
    return new Template(template).render({ messages, add_generation_prompt: addGenerationPrompt, add_vision_id: false })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SightlineError('bad_checkpoint', `The chat template fails: ${reason}`, {
      where, advice: 'Use the template released with the checkpoint', cause
    })
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
