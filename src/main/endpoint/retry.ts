import type { Random } from '#shared/domain/random.ts'

const FIRST_MILLISECONDS = 500
const LONGEST_MILLISECONDS = 60_000
/** A server that asks for more patience than this has nothing to give today. */
export const MOST_PATIENCE_MILLISECONDS = 600_000

/**
 * Milliseconds before the next try: what the server asks for, else exponential back-off with jitter (half fixed, half by chance, so that
 * requests refused together do not come back together).
 * @param attempt 0 after the first failure
 * @param retryAfter the server's wish in milliseconds, null without one
 */
export function retryDelay(attempt: number, retryAfter: number | null, random: Random): number {
  const spread = random.uniform()
  if (retryAfter !== null) return retryAfter + spread * FIRST_MILLISECONDS
  const longest = Math.min(LONGEST_MILLISECONDS, FIRST_MILLISECONDS * 2 ** attempt)
  return longest * (0.5 + 0.5 * spread)
}

/** A Retry-After header (seconds or a date, RFC 9110 section 10.2.3) in milliseconds from `now`; null when there is none to read. */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null || header.trim() === '') return null
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
