import { join } from 'node:path'
import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import { Workload } from '#shared/domain/modelFacts.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { planMemory } from '../model/memoryPlan.ts'
import { type DescribedModel, describeModel } from '../model/modelFacts.ts'
import type { BenchJob } from './protocol.ts'

/** Whether a job's model goes block by block: a run was asked to, or its adapters would not fit this machine in any other way. */
export async function goesBlockwise(job: BenchJob): Promise<boolean> {
  if (!('run' in job)) return false
  const { settings } = job.run
  if (settings.config.blockwise || settings.config.loraRank === 0) return settings.config.blockwise
  return needsBlocks(settings, await describeModel(join(job.projectFolder, job.checkpoint.folder)), machineBytes())
}

/**
 * Whether adapters on the whole graph do not fit, for sequences and pictures as they usually are: what a run really brings is not known
 * before it is put into tokens, and a run must choose alike whenever it is resumed.
 */
export function needsBlocks({ config }: StageConfig, { config: model, storedBytes }: DescribedModel, machine: number): boolean {
  const batch = 'batchSize' in config ? config.batchSize : config.promptsPerStep * config.groupSize
  return planMemory(model, storedBytes, 'lora', Workload.parse({ batch, rank: config.loraRank }), machine).fits === 'no'
}

/** Memory this process may use. */
export function machineBytes(): number {
  return Math.min(totalmem(), constrainedMemory() || Infinity)
}
