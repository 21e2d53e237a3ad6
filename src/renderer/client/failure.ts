import { ORPCError } from '@orpc/client'
import { type ErrorCode, ErrorRecord, SightlineError } from '#shared/domain/errors.ts'
import { i18n } from '../i18n/i18n.ts'
import { connection } from './link.ts'

/** What a person is shown: what went wrong, where, and what to do. */
export interface Failure { /** Of an expected failure; its words in any language are `errorCode.<code>`. */ readonly code?: ErrorCode; readonly message: string; readonly where: string | null; readonly advice: string | null; readonly expected: boolean }

/** Reads the record an expected error carries; without a connection it is that; anything else is a bug and keeps its own message. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SightlineError) return failureOfRecord(error.toRecord())
  if (error instanceof ORPCError) {
    const record = ErrorRecord.safeParse(error.data)
    if (record.success) return failureOfRecord(record.data)
    if (error.code === 'BAD_REQUEST') return { message: error.message, where: issuesOf(error.data), advice: null, expected: true }
  }
  if (connection.value.state !== 'open') return { message: i18n.global.t('connection.gone'), where: null, advice: null, expected: true }
  return { message: error instanceof Error ? error.message : String(error), where: null, advice: null, expected: false }
}

export function failureOfRecord({ code, message, where, advice }: ErrorRecord): Failure {
  return { code, message, where: where ?? null, advice: advice ?? null, expected: true }
}

/** The fields a refused request names, e.g. `count: too big`. */
function issuesOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues)) return null
  const lines = data.issues.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue)) return []
    const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.join('.') : ''
    return [path === '' ? String(issue.message) : `${path}: ${String(issue.message)}`]
  })
  return lines.length === 0 ? null : lines.join('; ')
}
