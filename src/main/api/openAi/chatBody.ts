import { z } from 'zod'
import { OpenAiError } from './openAiError.ts'

const TextPart = z.object({ type: z.literal('text'), text: z.string() })
const ImagePart = z.object({ type: z.literal('image_url'), image_url: z.union([z.object({ url: z.string() }), z.string().transform((url) => ({ url }))]) })
const Words = z.union([z.string(), z.array(TextPart).min(1)])

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: Words }),
  z.object({ role: z.literal('developer'), content: Words }),
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(z.discriminatedUnion('type', [TextPart, ImagePart])).min(1)]) }),
  z.object({ role: z.literal('assistant'), content: Words.nullable() })
])
export type Message = z.infer<typeof Message>
export type UserContent = Extract<Message, { role: 'user' }>['content']

/** What of a completion request is read here; everything else is either ignored or refused by `UNSUPPORTED`. */
const ChatBody = z.object({
  model: z.string(),
  messages: z.array(Message).min(1),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  /** Not OpenAI's, but what other servers of open models take. */
  top_k: z.int().nonnegative().nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).max(64).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  logprobs: z.boolean().nullish()
})
export type ChatBody = z.infer<typeof ChatBody>

/** Wishes that would change the answer and cannot be met: refused rather than passed over. */
const UNSUPPORTED: Readonly<Record<string, (value: unknown) => boolean>> = {
  tools: (value) => Array.isArray(value) && value.length > 0,
  functions: (value) => Array.isArray(value) && value.length > 0,
  response_format: (value) => z.object({ type: z.string() }).safeParse(value).data?.type !== 'text',
  logit_bias: (value) => typeof value === 'object' && value !== null && Object.keys(value).length > 0,
  presence_penalty: (value) => value !== 0,
  frequency_penalty: (value) => value !== 0,
  top_logprobs: (value) => value !== 0,
  audio: () => true,
  prediction: () => true
}

/** @throws OpenAiError 400 naming the field */
export function readChatBody(json: unknown): ChatBody {
  const body = ChatBody.safeParse(json)
  if (!body.success) {
    const issue = body.error.issues[0]
    throw new OpenAiError(400, `${issue?.path.map(String).join('.') ?? 'body'}: ${issue?.message ?? 'wrong form'}`, { param: String(issue?.path[0] ?? 'body') })
  }
  for (const [field, value] of Object.entries(json as Record<string, unknown>)) {
    if (value !== null && value !== undefined && UNSUPPORTED[field]?.(value) === true) {
      throw new OpenAiError(400, `This server does not support ${field}`, { param: field, code: 'unsupported_parameter' })
    }
  }
  return body.data
}
