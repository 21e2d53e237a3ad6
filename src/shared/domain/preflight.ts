import { z } from 'zod'
import { ErrorRecord } from './errors.ts'

/** What is looked at before a run starts, in this order. */
export const PreflightName = z.enum(['settings', 'questions', 'memory', 'disk', 'dryRun', 'time'])
export type PreflightName = z.infer<typeof PreflightName>

/**
 * One finding. `numbers` by name, for tables and for other languages:
 * - questions: `items`, `imageTokensMin`, `imageTokensMax` (an item's pictures together)
 * - settings: `errors`, `warnings`
 * - memory: `neededBytes` (`leastBytes` where sampled lengths are bounds only), of which `weightsBytes`, `gradientsBytes`, `momentsBytes`,
 *   `activationsBytes`, `cacheBytes`, `referenceBytes`; `machineBytes`
 * - disk: `neededBytes`, `statesBytes`, `checkpointsBytes`, `rolloutsBytes`, `freeBytes`
 * - dryRun: `seconds` and `seconds<Phase>` of the step tried, `rollouts`, `rolloutSeconds`, `stepSeconds` (a step of the run's size without its
 *   rollouts), `peakBytes`, `machineBytes`
 * - time: `seconds` in all, `samplingSeconds` of them, `steps`, `secondsPerStep`
 */
export const PreflightCheck = z.object({
  name: PreflightName,
  state: z.enum(['ok', 'warning', 'error']),
  message: z.string(),
  numbers: z.record(z.string(), z.number()),
  /** What a start fails with, of a check in state `error`. */
  error: ErrorRecord.nullable()
})
export type PreflightCheck = z.infer<typeof PreflightCheck>

/** What was found before a start; one check in state `error` and the run does not start. */
export const Preflight = z.object({ checks: z.array(PreflightCheck) })
export type Preflight = z.infer<typeof Preflight>
