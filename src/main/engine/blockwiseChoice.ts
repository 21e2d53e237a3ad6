import { join } from 'node:path'
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { Workload } from '#shared/domain/modelFacts.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { planMemory } from '../model/memoryPlan.ts'
import { type DescribedModel, describeModel } from '../model/modelFacts.ts'
import type { BenchJob } from './protocol.ts'

/** Whether a job's model goes block by block. */
export async function goesBlockwise(job: BenchJob): Promise<boolean> {
  if (!('run' in job)) return false
  const { settings } = job.run
  if (settings.config.blockwise || settings.config.loraRank === 0) return settings.config.blockwise
  return trainingUse(settings, await describeModel(join(job.projectFolder, job.checkpoint.folder)), machineBytes()) === 'blockwise'
}

/**
 * How a run uses its model while it learns: block by block if it was asked to, if the model is in 4 bits, or if its adapters on the whole
 * graph would not fit the machine, taken for sequences and pictures as they usually are. What the run really brings is not known before it is put into tokens,
 * and a resumed run must choose as before.
 */
export function trainingUse({ config }: StageConfig, { config: model, storedBytes, quantized }: DescribedModel, machine: number): 'full' | 'lora' | 'blockwise' {
  if (config.blockwise) return 'blockwise'
  if (config.loraRank === 0) return 'full'
  if (quantized) return 'blockwise'
  const batch = 'batchSize' in config ? config.batchSize : config.promptsPerStep * config.groupSize
  return planMemory(model, storedBytes, 'lora', Workload.parse({ batch, rank: config.loraRank }), machine).fits === 'no' ? 'blockwise' : 'lora'
}

/** Memory this process may use. */
export function machineBytes(): number {
  return Math.min(totalmem(), constrainedMemory() || Infinity)
}
