import { join } from 'node:path'
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { Workload } from '#shared/domain/modelFacts.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { planMemory } from '../model/memoryPlan.ts'
import { type DescribedModel, describeModel } from '../model/modelFacts.ts'
import type { ModelSettings } from '../model/visionLanguageModel.ts'
import type { BenchJob } from './protocol.ts'

/** How a job's model goes block by block, or that it does not. */
export async function blockwiseSettings(job: BenchJob): Promise<Pick<ModelSettings, 'blockwise' | 'blockInputs' | 'scratch'>> {
  if (!('run' in job)) return {}
  const { settings } = job.run
  const { config } = settings
  if (!config.blockwise && config.loraRank === 0) return {}
  const model = await describeModel(join(job.projectFolder, job.checkpoint.folder))
  const machine = machineBytes()
  if (trainingUse(settings, model, machine) !== 'blockwise') return {}
  const { blockInputs } = planMemory(model.config, model.storedBytes, 'blockwise', usualLoad(settings), machine, config.blockInputs)
  return { blockwise: true, scratch: job.runFolder, ...(blockInputs === null ? {} : { blockInputs }) }
}

/**
 * How a run uses its model while it learns: block by block if it was asked to, if the model is in 4 bits, or if its adapters on the whole
 * graph would not fit the machine, taken for sequences and pictures as they usually are. What the run really brings is not known before it is put into tokens,
 * and a resumed run must choose as before.
 */
export function trainingUse(settings: StageConfig, { config: model, storedBytes, quantized }: DescribedModel, machine: number): 'full' | 'lora' | 'blockwise' {
  const { config } = settings
  if (config.blockwise) return 'blockwise'
  if (config.loraRank === 0) return 'full'
  if (quantized) return 'blockwise'
  return planMemory(model, storedBytes, 'lora', usualLoad(settings), machine).fits === 'no' ? 'blockwise' : 'lora'
}

/** A step on sequences and pictures as they usually are. */
function usualLoad({ config }: StageConfig): Workload {
  const batch = 'batchSize' in config ? config.batchSize : config.promptsPerStep * config.groupSize
  return Workload.parse({ batch, rank: config.loraRank })
}

/** Memory this process may use. */
export function machineBytes(): number {
  return Math.min(totalmem(), constrainedMemory() || Infinity)
}
