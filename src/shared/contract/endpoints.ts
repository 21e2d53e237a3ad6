import { z } from 'zod'
import { Split } from '../domain/datasetItem.ts'
import { Endpoint, KnownEndpoint, MIN_TEACHER_STEPS } from '../domain/endpoint.ts'
import { CheckpointId, JobId } from '../domain/ids.ts'
import { procedure } from './base.ts'

const Name = z.object({ name: z.string().max(40) })

/** Lets an endpoint write a path for each item that it has not yet written one for. */
export const TeachRequest = z.object({
  endpoint: z.string().max(40),
  tasks: z.array(z.string()).default([]),
  split: Split.default('train'),
  /** Items in all, shared out evenly over the tasks; those it has been asked before count. */
  limit: z.int().positive().max(1_000_000).default(100),
  /** Shorter paths are kept but not learnt from. */
  minSteps: z.int().positive().max(64).default(MIN_TEACHER_STEPS),
  /** The model the paths are for: pictures are shown, and coordinates counted, in its sizes; null: the project's base model. */
  studentId: CheckpointId.nullable().default(null),
  /** A teacher that does not know the form of the answers needs a prompt that explains it. */
  prompt: z.string().default('vilasr'),
  /** null: the student's. */
  drawStyle: z.string().nullable().default(null),
  temperature: z.number().nonnegative().max(2).default(0.7),
  maxTurnTokens: z.int().positive().max(100_000).default(2048),
  maxTurns: z.int().positive().max(64).default(10),
  seed: z.int().nonnegative().max(2 ** 31 - 1).default(1)
})
export type TeachRequest = z.infer<typeof TeachRequest>

export const endpointsContract = {
  list: procedure.output(z.array(KnownEndpoint)),
  /** Adds or replaces; the key goes in and never comes out. A replaced endpoint does not inherit the old key. */
  add: procedure.input(Endpoint.extend({ apiKey: z.string().min(1).max(4096).nullable() })).output(KnownEndpoint),
  remove: procedure.input(Name).output(z.object({})),
  /** Asks the endpoint for its models: right address, right key, right model? */
  test: procedure.input(Name).output(z.object({ models: z.array(z.string()), modelFound: z.boolean() })),
  teach: procedure.input(TeachRequest).output(z.object({ jobId: JobId }))
}
