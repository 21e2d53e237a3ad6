import { Random } from '#shared/domain/random.ts'
import { drawOn, loadDrawStyle } from '#main/image/canvas.ts'
import { readConfig } from '#main/model/config.ts'
import { initialWeights } from '#main/model/families/parameters.ts'
import { CHATML_TEMPLATE } from '#main/model/jinjaTemplate.ts'
import { readProcessorConfig } from '#main/model/processor.ts'
import { Tokenizer } from '#main/model/tokenizer.ts'
import { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import type { HostTensor } from '#main/runtime/tensor.ts'
import { Trainer } from '#main/train/step.ts'
import { pocketConfig, POCKET_PREPROCESSOR } from './architecture.ts'
import type { Encoder } from './encode.ts'
import { AUXILIARY_CLASSES } from './encode.ts'
import type { Draw } from './lessons/lesson.ts'
import { pocketTokenizer } from './vocabulary.ts'

/** Embedding rows: the tokenizer's ids rounded up to a multiple of this. */
const ROWS = 16

/** The tiny model with fresh weights, and what turns lessons into its samples. */
export interface PocketModel {
  model: VisionLanguageModel
  encoder: Encoder
}

export function freshPocketModel(seed: number, threads: number): PocketModel {
  const tokenizer = Tokenizer.fromJson(pocketTokenizer(), { chat_template: CHATML_TEMPLATE })
  const config = pocketConfig(Math.ceil(tokenizer.size / ROWS) * ROWS, tokenizer.special)
  const read = readConfig(config)
  const weights = initialWeights(read, Random.seeded(seed, 'pocket weights'))
  return {
    model: new VisionLanguageModel(read, weights, { threads }),
    encoder: { tokenizer, processor: readProcessorConfig(POCKET_PREPROCESSOR) }
  }
}

/** Base training moves everything; the auxiliary heads (what, row, column of each visual token) never reach a checkpoint. */
export function baseTrainer(model: VisionLanguageModel): Trainer {
  return new Trainer(model, {
    trainable: 'all',
    objective: { kind: 'sft' },
    auxiliary: { weight: 1, classes: AUXILIARY_CLASSES },
    beta2: 0.98,
    weightDecay: 0.01,
    clipNorm: 1
  })
}

/** Drawing as the rollout does it, in the style the tiny model is taught with. */
export function pocketDraw(): Draw {
  const style = loadDrawStyle('pocket')
  return (image, shapes) => drawOn(image, shapes, style)
}

/** A model's weights as they are written to a file. */
export function floatWeights(model: VisionLanguageModel): Map<string, HostTensor<'f32'>> {
  return new Map([...model.weights].map(([name, value]) => {
    if (value.dtype !== 'f32') throw new RangeError(`${name} is ${value.dtype}`)
    return [name, value as HostTensor<'f32'>]
  }))
}
