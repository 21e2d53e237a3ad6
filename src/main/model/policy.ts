import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { type HostTensor, floats } from '../runtime/tensor.ts'
import { type AdapterNames, readAdapter, writeAdapter } from './adapterFolder.ts'
import { openCheckpointFolder, type GenerationConfig } from './checkpointFolder.ts'
import type { VisionLanguageConfig } from './config.ts'
import { Decoder } from './decoder.ts'
import { parametersOf } from './families/parameters.ts'
import type { ProcessorConfig } from './processor.ts'
import type { Tokenizer } from './tokenizer.ts'
import { type ModelSettings, VisionLanguageModel } from './visionLanguageModel.ts'
import { writeCheckpointFolder } from './writeCheckpointFolder.ts'
import { writeMerged } from './writeMerged.ts'

/** Everything of a checkpoint besides its weights. */
export interface PolicyParts {
  readonly config: VisionLanguageConfig
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  readonly generation: GenerationConfig
}

export interface SaveOptions {
  /** Default F32, a checkpoint that training goes on from; of a model that goes block by block, as its weights are stored. */
  readonly dtype?: 'F32' | 'F16'
  readonly metadata?: Readonly<Record<string, string>>
}

/** A model with its tokenizer and processor: what rolls out, is scored and is trained. */
export class Policy extends VisionLanguageModel {
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  readonly #parts: PolicyParts
  readonly #source: string

  /** `source` is where the weights come from, noted in the adapters that are saved. */
  constructor(parts: PolicyParts, weights: Map<string, HostTensor>, settings: ModelSettings = {}, source = '') {
    super(parts.config, weights, settings)
    this.#source = source
    this.processor = parts.processor
    this.tokenizer = parts.tokenizer
    this.#parts = parts
  }

  /**
   * Opens a Hugging Face folder; weights become float32, or stay in their files if the model is to go block by block, as one in 4 bits does
   * unless the settings say otherwise. Matrices in 4 bits stay in their files always. Throws `bad_checkpoint` or `unsupported` with what does not fit.
   */
  static async open(folder: string, settings: ModelSettings = {}): Promise<Policy> {
    const checkpoint = await openCheckpointFolder(folder)
    try {
      const weights = new Map<string, HostTensor>()
      const names = parametersOf(checkpoint.config).map(({ name }) => name)
      const blockwise = settings.blockwise ?? names.some((name) => checkpoint.tensors.isQuantized(name))
      for (const name of names) {
        const stored = blockwise || checkpoint.tensors.isQuantized(name) ? checkpoint.tensors.stored(name) : null
        weights.set(name, stored ?? floats(checkpoint.tensors.info(name).shape, await checkpoint.tensors.read(name)))
      }
      return new Policy(checkpoint, weights, { ...settings, blockwise }, folder)
    } finally {
      await checkpoint.tensors.close()
    }
  }

  /**
   * Writes a Hugging Face folder, whole or not at all. Returns the SHA-256 of the weights. With an adapter the weights are merged, so
   * that the folder needs nothing else, and the adapter alone is in `adapter/` inside it, in PEFT's form. Weights that stay as they are
   * stored keep their types.
   */
  async save(folder: string, options: SaveOptions = {}): Promise<{ hash: string }> {
    const { metadata } = options
    await this.settle()
    const asStored = this.settings.blockwise === true && options.dtype === undefined
    const dtype = options.dtype ?? (asStored && this.weights.get('model.embed_tokens.weight')?.dtype === 'f16' ? 'F16' : 'F32')
    const tensors = asStored
      ? (path: string): Promise<void> => writeMerged(path, this.weights, this.adapter, this.sessions)
      : await this.mergedOnHost() as ReadonlyMap<string, HostTensor<'f32'>>
    return await writeCheckpointFolder(folder, {
      ...this.#parts, tensors, dtype, ...(metadata ? { metadata } : {}),
      ...(this.adapter ? { beside: (partial: string) => this.saveAdapter(join(partial, 'adapter')) } : {})
    })
  }

  /** Writes the adapter in PEFT's form. Throws `bad_input` when there is none. */
  async saveAdapter(folder: string, names?: AdapterNames): Promise<void> {
    if (!this.adapter) throw new SightlineError('bad_input', 'the model has no adapter to save')
    await this.settle()
    await writeAdapter(folder, this.adapter, this.config, { base: this.#source, ...(names ? { names } : {}) })
  }

  /** Puts an adapter in PEFT's form on the weights, in place of any other. Throws as `readAdapter` does. */
  async loadAdapter(folder: string): Promise<void> {
    this.adapter = await readAdapter(folder, this.config)
  }

  /** Cached generation with the weights as they are now. */
  decoder(): Decoder {
    return new Decoder(this)
  }

  /** A policy of its own with the weights and the adapter as they are now (settled): a reference that later steps do not move. */
  clone(): Policy {
    const twin = this.withoutAdapter()
    twin.adapter = this.adapter
    return twin
  }

  /** A policy of its own with the weights as they are now (settled) and no adapter: the reference of a model that learns by one, at no memory. */
  withoutAdapter(): Policy {
    return new Policy(this.#parts, new Map(this.weights), this.settings, this.#source)
  }
}
