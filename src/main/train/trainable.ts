import type { SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { DEFAULT_LORA } from '../model/lora.ts'
import type { TrainerOptions } from './step.ts'

type TrainableSettings = Pick<SupervisedConfig, 'trainVision' | 'loraRank' | 'loraAlpha' | 'loraDropout' | 'loraTargets'>

const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj']
const VISION_ATTENTION = ['attn.qkv', 'attn.proj']

/** What a stage's settings let the trainer change: all weights, those of the decoder, or adapters beside them. */
export function trainableOf({ trainVision, loraRank, loraAlpha, loraDropout, loraTargets }: TrainableSettings): TrainerOptions['trainable'] {
  if (loraRank === 0) return trainVision ? 'all' : 'text'
  const attention = trainVision ? [...ATTENTION, ...VISION_ATTENTION] : ATTENTION
  const targets = { all: 'all-linear', attention, queryValue: ['q_proj', 'v_proj'] }[loraTargets]
  return { lora: { ...DEFAULT_LORA, rank: loraRank, alpha: loraAlpha, dropout: loraDropout, targets, vision: trainVision } }
}
