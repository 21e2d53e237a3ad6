import type { Endpoint } from '#shared/domain/endpoint.ts'
import { SightlineError, type ErrorCode } from '#shared/domain/errors.ts'
import { ErrorReply } from './chatMessages.ts'
import { readRetryAfter } from './retry.ts'
import type { z } from 'zod'

/** Why a request failed, and whether the same request may succeed later. */
export interface Failure {
  readonly error: SightlineError
  readonly passing: boolean
  /** Milliseconds the server asks to wait; null without a wish. */
  readonly retryAfter: number | null
}

const TOLD_CHARACTERS = 300

/** What a status other than 200 means. `text` is the reply's body, already without the key. */
export function replyFailure(endpoint: Endpoint, response: Pick<Response, 'status' | 'headers'>, text: string): Failure {
  const { message, code } = saidIn(text)
  const { status } = response
  const failure = (kind: z.infer<typeof ErrorCode>, what: string, advice: string, passing = false): Failure => ({
    error: new SightlineError(kind, `The endpoint "${endpoint.name}" ${what} (${status})${message === '' ? '' : `: ${message}`}`, { where: endpoint.baseUrl, advice }),
    passing, retryAfter: readRetryAfter(response.headers.get('retry-after'), Date.now())
  })
  switch (status) {
    case 401:
    case 403: return failure('unauthorized', 'refuses its key', 'Add the endpoint again with a valid key')
    case 402: return failure('rate_limited', 'wants to be paid first', "Look at the account's balance")
    case 404: return failure('not_found', `does not know the model "${endpoint.model}" or the address`, 'Ask it for its models with `endpoint test`')
    case 400:
    case 413:
    case 422: return failure('bad_input', 'does not take the request', 'Its model must take pictures; smaller pictures or fewer turns may help')
    case 408:
    case 409: return failure('unreachable', 'gave up', 'Try again later', true)
    case 429: return failure('rate_limited', 'refuses more requests for now', 'Wait, or lower its parallelism', code !== 'insufficient_quota')
  }
  if (status >= 500) return failure('unreachable', 'cannot answer', 'Try again later', true)
  return failure('bad_reply', 'answers unexpectedly', 'Check the base URL: it ends before /chat/completions, usually with /v1')
}

/** No reply at all: refused, cut off, or too slow. */
export function networkFailure(endpoint: Endpoint, error: unknown): Failure {
  const slow = error instanceof Error && error.name === 'TimeoutError'
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error)
  const what = slow ? `did not answer within ${endpoint.timeoutSeconds} s` : `cannot be reached: ${cause}`
  return {
    error: new SightlineError('unreachable', `The endpoint "${endpoint.name}" ${what}`, { where: endpoint.baseUrl, advice: 'Is the server running, and the base URL right?' }),
    passing: true, retryAfter: null
  }
}

function saidIn(text: string): { message: string; code: string | number | null } {
  const parsed = ErrorReply.safeParse(jsonOrNull(text))
  if (!parsed.success) return { message: text.replace(/\s+/g, ' ').trim().slice(0, TOLD_CHARACTERS), code: null }
  return { message: parsed.data.error.message.slice(0, TOLD_CHARACTERS), code: parsed.data.error.code ?? null }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
