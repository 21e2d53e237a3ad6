import { z } from 'zod'
import { ErrorRecord } from './errors.ts'

/** What is looked at before a run starts, in this order. */
export const PreflightName = z.enum(['settings', 'questions', 'leakage', 'memory', 'card', 'disk', 'dryRun', 'time'])
export type PreflightName = z.infer<typeof PreflightName>

/** The sentences of a check, `finding.<code>` in the studio's words; those of the settings are `settingConflict.<code>` instead. */
export const PreflightCode = z.enum([
  'settingsFit', 'questionsFit', 'leakageNone', 'leakageFound', 'leakagePending', 'memoryNeeds', 'memoryBounds', 'memoryTight', 'memoryShort', 'memoryAdvice', 'inputsInFloat16', 'inputsInFile',
  'cardNeeds', 'cardBounds', 'cardFits', 'cardTight', 'cardShort', 'cardUntold', 'cardAdvice', 'diskNeeds', 'diskTight', 'diskShort', 'diskAdvice',
  'dryRunSampled', 'dryRunNothing', 'dryRunStep', 'dryRunPeak', 'dryRunPeakHigh', 'notTried', 'timeTakes', 'timeSampling'
])
export type PreflightCode = z.infer<typeof PreflightCode>

/** A sentence of a check: its code and the numbers it names, by the names that `numbers` has. */
export const PreflightFinding = z.object({ code: z.string(), values: z.record(z.string(), z.number()) })
export type PreflightFinding = z.infer<typeof PreflightFinding>

/**
 * One finding. `numbers` by name, for tables and for other languages:
 * - questions: `items`, `imageTokensMin`, `imageTokensMax` (an item's pictures together)
 * - settings: `errors`, `warnings`
 * - leakage: `questions` of the `items` learned from that show pictures of the held-out splits, items `pending` to be compared
 * - memory: `neededBytes` (`leastBytes` where sampled lengths are bounds only), of which `weightsBytes`, `gradientsBytes`, `momentsBytes`,
 *   `activationsBytes`, `cacheBytes`, `referenceBytes`; `machineBytes`
 * - card: `neededBytes`, `leastBytes` and parts as of memory, on the graphics card; `cardBytes` where the system tells
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
  /** What `message` says, to be said in any language; empty in records of earlier versions and where an error says it all. */
  findings: z.array(PreflightFinding).default([]),
  /** What a start fails with, of a check in state `error`. */
  error: ErrorRecord.nullable()
})
export type PreflightCheck = z.infer<typeof PreflightCheck>

/** What was found before a start; one check in state `error` and the run does not start. */
export const Preflight = z.object({ checks: z.array(PreflightCheck) })
export type Preflight = z.infer<typeof Preflight>

/** A sentence of a check. */
export function finding(code: PreflightCode, values: Readonly<Record<string, number>> = {}): PreflightFinding {
  return { code, values }
}
