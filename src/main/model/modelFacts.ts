import { type MemoryPlan, type ModelFacts, ModelUse, type Workload } from '#shared/domain/modelFacts.ts'
import { openCheckpointFolder } from './checkpointFolder.ts'
import { checkTensors } from './completeness.ts'
import type { VisionLanguageConfig } from './config.ts'
import { countParameters, planMemory } from './memoryPlan.ts'

/** A checkpoint folder looked at from outside. */
export interface DescribedModel {
  readonly facts: ModelFacts
  readonly config: VisionLanguageConfig
  /** Bytes of all weights on disk. */
  readonly storedBytes: number
  /** The decoder's linear layers are in 4 bits. */
  readonly quantized: boolean
}

/** Reads and checks a checkpoint folder without its weights. Throws `bad_checkpoint` or `unsupported` naming what does not fit. */
export async function describeModel(folder: string): Promise<DescribedModel> {
  const { config, tensors, tokenizer, processor } = await openCheckpointFolder(folder)
  try {
    checkTensors(config, tensors, folder)
    const bytes = new Map<string, number>()
    for (const name of tensors.names) {
      const { dtype, bytes: size } = tensors.info(name)
      bytes.set(dtype, (bytes.get(dtype) ?? 0) + size)
    }
    const { text, vision } = config
    const facts: ModelFacts = {
      family: vision.family,
      text: {
        layers: text.layers, width: text.hiddenSize, heads: text.heads, keyValueHeads: text.kvHeads, intermediate: text.intermediateSize,
        vocabulary: text.vocabSize, positions: text.maxPositions, tied: text.tied
      },
      vision: { depth: vision.depth, width: vision.width, heads: vision.heads, patch: vision.patchSize, window: vision.windowSize },
      parameters: countParameters(config),
      dtypes: [...bytes].map(([dtype, size]) => ({ dtype, bytes: size })).sort((a, b) => b.bytes - a.bytes),
      files: tensors.files.length,
      tokenizerSize: tokenizer.size,
      template: tokenizer.chatTemplate === null ? 'chatml' : 'own',
      pixels: { min: processor.minPixels, max: processor.maxPixels }
    }
    return { facts, config, quantized: bytes.has('INT4'), storedBytes: [...bytes.values()].reduce((a, b) => a + b, 0) }
  } finally {
    await tensors.close()
  }
}

/** Uses that read the whole model as float32: matrices in 4 bits are learned from in no such way. */
const WHOLE: readonly ModelUse[] = ['lora', 'full']

/** What each use the model can be put to needs for this workload on a machine with so many bytes of memory. */
export function plansFor({ config, storedBytes, quantized }: DescribedModel, load: Workload, machineBytes: number): MemoryPlan[] {
  const uses = ModelUse.options.filter((use) => !quantized || !WHOLE.includes(use))
  return uses.map((use) => planMemory(config, storedBytes, use, load, machineBytes))
}
