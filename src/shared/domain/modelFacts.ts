import { z } from 'zod'

const count = z.int().nonnegative()

/** What a checkpoint folder holds, read from its configuration, headers and tokenizer; no weight is loaded. */
export const ModelFacts = z.object({
  family: z.string(),
  text: z.object({
    layers: count, width: count, heads: count, keyValueHeads: count, intermediate: count, vocabulary: count, positions: count,
    /** The head is the embedding. */
    tied: z.boolean()
  }),
  vision: z.object({
    depth: count, width: count, heads: count, patch: count,
    /** Side of an attention window in pixels; 0 = none. */
    window: count
  }),
  parameters: z.object({ embedding: count, text: count, vision: count, total: count }),
  /** Stored types with the bytes each takes, largest first. */
  dtypes: z.array(z.object({ dtype: z.string(), bytes: count })),
  /** Weight files. */
  files: count,
  tokenizerSize: count,
  /** Whose chat template turns dialogues into text; a template that differs from ChatML is refused when opening. */
  template: z.enum(['own', 'chatml']),
  pixels: z.object({ min: count, max: count })
})
export type ModelFacts = z.infer<typeof ModelFacts>

/** What is put through the model at once. */
export const Workload = z.object({
  /** Sequences at once. */
  batch: z.int().positive().max(4096).default(8),
  /** Tokens of each, pictures included. */
  tokens: z.int().positive().max(1 << 20).default(4096),
  /** Pictures of each sequence, and model pixels of each picture. */
  images: z.int().nonnegative().max(512).default(4),
  pixels: z.int().positive().max(1 << 24).default(200_704),
  /** Rank of the adapter. */
  rank: z.int().positive().max(1024).default(16)
})
export type Workload = z.infer<typeof Workload>

/** `device`: block by block on a graphics device that holds all weights as they are stored. */
export const ModelUse = z.enum(['rollout', 'lora', 'blockwise', 'device', 'full'])
export type ModelUse = z.infer<typeof ModelUse>

/** Forms in which the inputs of blocks wait for the backward pass: as they are, in half the memory (rounded), or in a file (exact). */
export const BlockInputs = z.enum(['float32', 'float16', 'file'])
export type BlockInputs = z.infer<typeof BlockInputs>

/** Bytes a use needs, part by part. */
export const MemoryPlan = z.object({
  use: ModelUse,
  weights: z.number(),
  /** Trained copies: adapter or float32 weights' gradients and both AdamW moments. */
  gradients: z.number(),
  moments: z.number(),
  activations: z.number(),
  cache: z.number(),
  total: z.number(),
  /** `tight`: more than four fifths of the machine. */
  fits: z.enum(['yes', 'tight', 'no']),
  /** How the inputs of blocks wait for the backward pass, block by block. */
  blockInputs: BlockInputs.nullable(),
  /** The smallest usual memory of a graphics card that holds a use on one, in bytes. */
  cardBytes: z.number().nullable()
})
export type MemoryPlan = z.infer<typeof MemoryPlan>
