import { z } from 'zod'

/** Messages and replies of `/v1/chat/completions` as far as a teacher's turns need them. */
export type ChatPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }

export type ChatMessage =
  | { readonly role: 'system' | 'assistant'; readonly content: string }
  | { readonly role: 'user'; readonly content: readonly ChatPart[] }

export interface CompletionRequest {
  readonly messages: readonly ChatMessage[]
  readonly temperature: number
  readonly topP: number
  readonly maxTokens: number
  readonly seed: number
}

export interface Completion {
  readonly text: string
  readonly ending: 'stop' | 'length'
  /** Tokens of the whole dialogue as the server counts them; null when it does not tell. */
  readonly totalTokens: number | null
}

export const ChatReply = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() })).min(1),
  usage: z.object({ prompt_tokens: z.number().nonnegative(), completion_tokens: z.number().nonnegative() }).nullish()
})
export type ChatReply = z.infer<typeof ChatReply>

export const ModelsReply = z.object({ data: z.array(z.object({ id: z.string() })) })

/** What servers say went wrong: OpenAI's form, or something like it. */
export const ErrorReply = z.union([
  z.object({ error: z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullish() }) }),
  z.object({ error: z.string() }).transform(({ error }) => ({ error: { message: error, code: null } })),
  z.object({ message: z.string() }).transform(({ message }) => ({ error: { message, code: null } }))
])
