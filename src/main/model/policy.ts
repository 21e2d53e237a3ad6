import { type HostTensor, floats } from '../runtime/tensor.ts'
import { openCheckpointFolder, type GenerationConfig } from './checkpointFolder.ts'
import type { VisionLanguageConfig } from './config.ts'
import { Decoder } from './decoder.ts'
import { parametersOf } from './families/parameters.ts'
import type { ProcessorConfig } from './processor.ts'
import type { Tokenizer } from './tokenizer.ts'
import { type ModelSettings, VisionLanguageModel } from './visionLanguageModel.ts'
import { writeCheckpointFolder } from './writeCheckpointFolder.ts'

/** Everything of a checkpoint besides its weights. */
export interface PolicyParts {
  readonly config: VisionLanguageConfig
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  readonly generation: GenerationConfig
}

export interface SaveOptions {
  /** Default F32: a checkpoint that training goes on from. */
  readonly dtype?: 'F32' | 'F16'
  readonly metadata?: Readonly<Record<string, string>>
}

/** A model with its tokenizer and processor: what rolls out, is scored and is trained. */
export class Policy extends VisionLanguageModel {
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  readonly #parts: PolicyParts

  constructor(parts: PolicyParts, weights: Map<string, HostTensor>, settings: ModelSettings = {}) {
    super(parts.config, weights, settings)
    this.processor = parts.processor
    this.tokenizer = parts.tokenizer
    this.#parts = parts
  }

  /** Opens a Hugging Face folder; weights become float32. Throws `bad_checkpoint` or `unsupported` with what does not fit. */
  static async open(folder: string, settings: ModelSettings = {}): Promise<Policy> {
    const checkpoint = await openCheckpointFolder(folder)
    try {
      const weights = new Map<string, HostTensor>()
      for (const { name } of parametersOf(checkpoint.config)) {
        weights.set(name, floats(checkpoint.tensors.info(name).shape, await checkpoint.tensors.read(name)))
      }
      return new Policy(checkpoint, weights, settings)
    } finally {
      await checkpoint.tensors.close()
    }
  }

  /** Writes a Hugging Face folder, whole or not at all. Returns the SHA-256 of the weights. */
  async save(folder: string, { dtype = 'F32', metadata }: SaveOptions = {}): Promise<{ hash: string }> {
    const tensors = this.weights as Map<string, HostTensor<'f32'>>
    return await writeCheckpointFolder(folder, { ...this.#parts, tensors, dtype, ...(metadata ? { metadata } : {}) })
  }

  /** Cached generation with the weights as they are now. */
  decoder(): Decoder {
    return new Decoder(this)
  }

  /** A policy of its own with the weights as they are now: a reference that later steps do not move. */
  clone(): Policy {
    return new Policy(this.#parts, new Map(this.weights), this.settings)
  }
}
