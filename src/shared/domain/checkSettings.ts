import type { DpoConfig, GrpoConfig, StageConfig } from './trainingRun.ts'

/** Settings that each fit their range and still do not go together. `error`: the run must not start; `warning`: it may, and likely not as meant. */
export interface SettingsFinding {
  readonly level: 'error' | 'warning'
  /** Names the finding; the studio's words are `settingConflict.<code>`. */
  readonly code: string
  /** The settings it is about. */
  readonly fields: readonly string[]
  readonly message: string
}

/** What a check needs to know of the run's prompt preset: whether it asks for one turn without drawing, and what earns the format reward. */
export interface PromptManner {
  readonly answerOnly: boolean
  readonly turnShape: 'action' | 'think' | 'observe' | 'free'
}

type Rule<C> = Omit<SettingsFinding, 'level'> & { readonly level?: 'warning'; readonly when: (config: C) => boolean }

const COMMON: readonly Rule<StageConfig['config']>[] = [
  {
    code: 'blockwiseNeedsLora', fields: ['blockwise', 'loraRank'], when: ({ blockwise, loraRank }) => blockwise && loraRank === 0,
    message: 'Running block by block trains adapters only: give the LoRA rank a value, or turn it off'
  },
  {
    code: 'pixelRange', fields: ['minPixels', 'maxPixels'], when: ({ minPixels, maxPixels }) => maxPixels > 0 && minPixels > maxPixels,
    message: 'The smallest area of a picture is above the largest'
  },
  {
    code: 'recomputeTwice', level: 'warning', fields: ['recompute', 'blockwise'], when: ({ blockwise, recompute }) => blockwise && recompute,
    message: 'Running block by block computes blocks again anyway: recomputing adds nothing'
  },
  {
    code: 'dropoutWithoutLora', level: 'warning', fields: ['loraDropout', 'loraRank'], when: ({ loraDropout, loraRank }) => loraDropout > 0 && loraRank === 0,
    message: 'Dropout acts on adapters only: without a LoRA rank it does nothing'
  },
  {
    code: 'visionWithoutTargets', level: 'warning', fields: ['trainVision', 'loraTargets'],
    when: ({ trainVision, loraRank, loraTargets }) => trainVision && loraRank > 0 && loraTargets === 'queryValue',
    message: 'The vision tower has no separate query and value layers: it gets no adapters with these targets'
  }
]

const GRPO: readonly Rule<GrpoConfig>[] = [
  {
    code: 'dualClipTooSmall', fields: ['dualClip'], when: ({ dualClip }) => dualClip > 0 && dualClip <= 1,
    message: 'The dual clip is a bound above 1, or 0 for none: below that it would cut off unchanged tokens'
  },
  {
    code: 'sequenceDualClip', fields: ['ratio', 'dualClip'], when: ({ ratio, dualClip }) => ratio === 'sequence' && dualClip > 0,
    message: 'The ratio of whole paths (GSPO) has no dual clip: set it to 0'
  },
  {
    code: 'emptyMiniBatches', fields: ['miniBatches', 'promptsPerStep', 'groupSize'],
    when: ({ miniBatches, promptsPerStep, groupSize }) => miniBatches > promptsPerStep * groupSize,
    message: 'There are more mini-batches than paths in a batch of rollouts'
  },
  {
    code: 'sequenceClipWide', level: 'warning', fields: ['ratio', 'clipLow', 'clipHigh'],
    when: ({ ratio, clipLow, clipHigh }) => ratio === 'sequence' && Math.min(clipLow, clipHigh) > 0.05,
    message: 'Ratios of whole paths stay near 1: GSPO clips at 3e-4 below and 4e-4 above, these ranges will hardly ever clip'
  },
  {
    code: 'sequenceAggregation', level: 'warning', fields: ['ratio', 'aggregation'], when: ({ ratio, aggregation }) => ratio === 'sequence' && aggregation !== 'sequenceMean',
    message: 'GSPO is defined with every path counting the same: with this aggregation longer paths count more'
  },
  {
    code: 'lossLengthUnused', level: 'warning', fields: ['lossLength', 'aggregation'], when: ({ lossLength, aggregation }) => lossLength > 0 && aggregation !== 'constantLength',
    message: 'The constant length is used by the aggregation constantLength only'
  },
  {
    code: 'recomputedOnce', level: 'warning', fields: ['oldLogProbs', 'innerSteps', 'miniBatches'],
    when: ({ oldLogProbs, innerSteps, miniBatches }) => oldLogProbs === 'recomputed' && innerSteps * miniBatches === 1,
    message: 'With one update per batch the recomputed log-probabilities differ from the update’s own by rounding alone: they only cost time'
  },
  {
    code: 'temperatureRatio', level: 'warning', fields: ['temperature'], when: ({ temperature }) => temperature !== 1,
    message: 'The objective takes its log-probabilities at temperature 1: paths sampled at another one are not from the policy it assumes'
  }
]

const DPO: readonly Rule<DpoConfig>[] = [
  {
    code: 'lonelyRollout', fields: ['pairs', 'groupSize'], when: ({ pairs, groupSize }) => pairs === 'rollouts' && groupSize < 2,
    message: 'A pair of rollouts takes a group of at least two'
  },
  {
    code: 'alteredUnused', level: 'warning', fields: ['pairs', 'pairsPerItem'], when: ({ pairs, pairsPerItem }) => pairs === 'rollouts' && pairsPerItem > 1,
    message: 'Of each group of rollouts one pair is made, whatever the pairs per item'
  }
]

/** What does not go together in a stage's settings and, where it is given, with the run's prompt; empty when all is well. */
export function checkSettings(settings: StageConfig, prompt: PromptManner | null = null): SettingsFinding[] {
  const own = settings.stage === 'grpo' ? found(GRPO, settings.config) : settings.stage === 'dpo' ? found(DPO, settings.config) : []
  return [...found(COMMON, settings.config), ...own, ...(prompt === null ? [] : promptFindings(settings, prompt))]
}

function found<C>(rules: readonly Rule<C>[], config: C): SettingsFinding[] {
  return rules.filter(({ when }) => when(config)).map(({ level = 'error' as const, code, fields, message }) => ({ level, code, fields, message }))
}

function promptFindings({ stage, config }: StageConfig, { answerOnly, turnShape }: PromptManner): SettingsFinding[] {
  const needsDrawing = stage === 'coldStart' || stage === 'reflective' || (stage === 'dpo' && config.pairs === 'paths')
  if (needsDrawing && answerOnly) {
    return [{ level: 'error', code: 'promptCannotDraw', fields: ['prompt'], message: 'This stage learns drawing paths; the chosen prompt asks for one turn without drawing' }]
  }
  const bareAnswers = stage === 'answerSft' || (stage === 'dpo' && config.pairs === 'answers')
  if (bareAnswers && !answerOnly) {
    return [{ level: 'warning', code: 'promptDraws', fields: ['prompt'], message: 'Bare answers are learnt under the prompt “answer”: the chosen prompt asks for drawing' }]
  }
  if (stage === 'grpo' && config.klBeta === 0 && (turnShape === 'think' || turnShape === 'observe')) {
    return [{ level: 'warning', code: 'formatWithoutKl', fields: ['klBeta', 'prompt'], message: 'Without a KL term the format reward of this prompt collapsed in the paper; vsGRPO uses 1e-4' }]
  }
  return []
}
