import { z } from 'zod'

/** Codes of the failures a person can act on; they cross processes and doors unchanged. */
export const ErrorCode = z.enum([
  'bad_input', 'not_found', 'conflict', 'outside_project', 'unreadable_file', 'unsupported', 'bad_checkpoint',
  'bad_graph', 'device', 'out_of_memory', 'disk_full', 'cancelled', 'engine_died', 'not_a_project', 'migration',
  'unauthorized', 'rate_limited', 'unreachable', 'bad_reply'
])
export type ErrorCode = z.infer<typeof ErrorCode>

/** The plain form in which an error crosses a process or a door. */
export const ErrorRecord = z.object({
  code: ErrorCode,
  message: z.string(),
  where: z.string().optional(),
  advice: z.string().optional()
})
export type ErrorRecord = z.infer<typeof ErrorRecord>

/**
 * An expected failure: what went wrong (`message`), where (`where`: file, line, record, option) and what to do (`advice`).
 * Anything else that is thrown is a bug and may crash its process.
 */
export class SightlineError extends Error {
  override readonly name = 'SightlineError'
  readonly code: ErrorCode
  readonly where: string | undefined
  readonly advice: string | undefined

  constructor(code: ErrorCode, message: string, detail: { where?: string; advice?: string; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.where = detail.where
    this.advice = detail.advice
  }

  toRecord(): ErrorRecord {
    return {
      code: this.code,
      message: this.message,
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.advice === undefined ? {} : { advice: this.advice })
    }
  }

  static fromRecord(record: ErrorRecord): SightlineError {
    const { code, message, where, advice } = record
    return new SightlineError(code, message, { ...(where === undefined ? {} : { where }), ...(advice === undefined ? {} : { advice }) })
  }
}

/** One line for terminals and logs: message, place, advice. */
export function describeError(error: unknown): string {
  if (!(error instanceof SightlineError)) return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return [error.message, error.where && `(${error.where})`, error.advice && `- ${error.advice}`].filter(Boolean).join(' ')
}
