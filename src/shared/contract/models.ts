import { z } from 'zod'
import { Checkpoint } from '../domain/checkpoint.ts'
import { CheckpointId, JobId } from '../domain/ids.ts'
import { MemoryPlan, ModelFacts, Workload } from '../domain/modelFacts.ts'
import { procedure } from './base.ts'

export const ModelDetail = z.object({ facts: ModelFacts, plans: z.array(MemoryPlan), machineBytes: z.number() })
export type ModelDetail = z.infer<typeof ModelDetail>

export const modelsContract = {
  list: procedure.output(z.array(Checkpoint)),
  /** A checkpoint's shapes, and what each use of it needs for a workload. */
  describe: procedure.input(z.object({ checkpointId: CheckpointId, workload: Workload })).output(ModelDetail),
  /** Hugging Face folders that may be imported here; `anywhere`: other paths are accepted too. */
  candidates: procedure.output(z.object({ folders: z.array(z.string()), anywhere: z.boolean() })),
  /**
   * Imports a Hugging Face folder; a relative path is one inside the project. `quantize` rounds the decoder's linear layers to 4 bits. The
   * job's log tells what conversion lost.
   */
  import: procedure
    .input(z.object({ path: z.string().min(1).max(4096), name: z.string().trim().min(1).max(80).nullable().default(null), quantize: z.boolean().default(false) }))
    .output(z.object({ jobId: JobId }))
}
