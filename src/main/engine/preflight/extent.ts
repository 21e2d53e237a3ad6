import type { StageConfig } from '#shared/domain/trainingRun.ts'
import type { RunLoad } from './load.ts'

/** Optimizer steps of the whole run; of stages that keep some of what they sample, at most. */
export function stepsOf({ stage, config }: StageConfig, load: RunLoad): number {
  if (stage === 'grpo') return config.steps
  return Math.max(1, Math.ceil((learntPaths({ stage, config } as StageConfig, load) * config.epochs) / config.batchSize))
}

/** Paths (or pairs) that the batches are made of. */
function learntPaths({ stage, config }: StageConfig, load: RunLoad): number {
  switch (stage) {
    case 'coldStart':
    case 'answerSft': return load.paths
    case 'reflective': return sampledItems(config.items, load) * config.keepPerItem
    case 'dpo': return config.pairs === 'rollouts' ? sampledItems(config.items, load) : Math.min(load.paths, sampledItems(config.items, load)) * config.pairsPerItem
    case 'grpo': return 0
  }
}

/** Rollouts of the whole run. */
export function rolloutCount({ stage, config }: StageConfig, load: RunLoad): number {
  switch (stage) {
    case 'coldStart':
    case 'answerSft': return 0
    case 'reflective': return sampledItems(config.items, load) * config.samplesPerItem
    case 'dpo': return config.pairs === 'rollouts' ? sampledItems(config.items, load) * config.groupSize : 0
    case 'grpo': return config.steps * config.promptsPerStep * config.groupSize
  }
}

function sampledItems(items: number, load: RunLoad): number {
  return items === 0 ? load.items : Math.min(items, load.items)
}
