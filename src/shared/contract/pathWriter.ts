import { z } from 'zod'
import { CheckpointId } from '../domain/ids.ts'

/** Who writes paths: a checkpoint of the project, or a model behind one of the user's endpoints. */
export const PathWriter = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('checkpoint'), checkpointId: CheckpointId }),
  z.object({ kind: z.literal('endpoint'), name: z.string().max(40) })
])
export type PathWriter = z.infer<typeof PathWriter>
