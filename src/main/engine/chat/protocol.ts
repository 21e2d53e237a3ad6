import { z } from 'zod'
import { ErrorRecord } from '#shared/domain/errors.ts'
import { ImageRef } from '#shared/domain/imageRef.ts'
import { EngineUsage } from '#shared/domain/machine.ts'

/** A dialogue to be gone on with: user and assistant in turn, a user's turn last (its `assistant` null). */
export const Dialogue = z.object({
  system: z.string().nullable(),
  turns: z.array(z.object({
    /** With one `<image>` marker per picture, in order. */
    text: z.string(),
    images: z.array(ImageRef),
    assistant: z.string().nullable()
  })).min(1)
})
export type Dialogue = z.infer<typeof Dialogue>

export const ChatCompletion = z.object({
  dialogue: Dialogue,
  /** Answers wanted; the first draws from `seed` itself. */
  choices: z.int().positive(),
  seed: z.int(),
  temperature: z.number().nonnegative(),
  topP: z.number().positive().max(1),
  topK: z.int().nonnegative(),
  /** null: as far as the model's context goes. */
  maxTokens: z.int().positive().nullable(),
  stop: z.array(z.string().min(1))
})
export type ChatCompletion = z.infer<typeof ChatCompletion>

/** What a chat engine serves: one checkpoint (absolute folder) with the pictures of requests in a blob folder of their own. */
export const ChatModel = z.object({ folder: z.string(), pictures: z.string(), threads: z.int().positive() })
export type ChatModel = z.infer<typeof ChatModel>

/** Main -> chat engine. `open` comes once, first. */
export const ChatRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), model: ChatModel }),
  z.object({ kind: z.literal('complete'), id: z.int(), completion: ChatCompletion }),
  z.object({ kind: z.literal('abort'), id: z.int() }),
  /** Asks what the engine uses. */
  z.object({ kind: z.literal('usage') })
])
export type ChatRequest = z.infer<typeof ChatRequest>

/** One drawn token: what it writes, and its log-probability at temperature 1. */
export const ChatToken = z.object({ text: z.string(), bytes: z.array(z.int()), logProb: z.number() })
export type ChatToken = z.infer<typeof ChatToken>

/** Chat engine -> main. A completion is `read`, then `piece`s of its choices, each choice with one `end`; or `refused` at any time. */
export const ChatEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('read'), id: z.int(), promptTokens: z.int() }),
  z.object({ kind: z.literal('piece'), id: z.int(), choice: z.int(), text: z.string(), tokens: z.array(ChatToken) }),
  z.object({ kind: z.literal('end'), id: z.int(), choice: z.int(), reason: z.enum(['stop', 'length']), completionTokens: z.int() }),
  z.object({ kind: z.literal('refused'), id: z.int(), error: ErrorRecord }),
  z.object({ kind: z.literal('usage'), usage: EngineUsage }),
  /** The model cannot be served at all. */
  z.object({ kind: z.literal('failed'), error: ErrorRecord })
])
export type ChatEvent = z.infer<typeof ChatEvent>
