import type { SightlineError } from '#shared/domain/errors.ts'

/** The form in which OpenAI's clients expect a failure. */
export interface OpenAiErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string | null }
}

/** A request this server does not take. `param` names the field. */
export class OpenAiError extends Error {
  override readonly name = 'OpenAiError'
  readonly status: 400 | 404 | 413
  readonly param: string | null
  readonly code: string | null

  constructor(status: 400 | 404 | 413, message: string, detail: { param?: string; code?: string } = {}) {
    super(message)
    this.status = status
    this.param = detail.param ?? null
    this.code = detail.code ?? null
  }

  body(): OpenAiErrorBody {
    return errorBody(this.message, 'invalid_request_error', this.param, this.code)
  }
}

export function errorBody(message: string, type: string, param: string | null = null, code: string | null = null): OpenAiErrorBody {
  return { error: { message, type, param, code } }
}

/** How an expected failure looks from outside: the request's fault, or the server's. */
export function answerFor(error: SightlineError): { status: 400 | 503; body: OpenAiErrorBody } {
  const message = error.advice === undefined ? error.message : `${error.message} - ${error.advice}`
  const asked = error.code === 'bad_input' || error.code === 'unreadable_file'
  return asked
    ? { status: 400, body: errorBody(message, 'invalid_request_error', error.where ?? null, error.code) }
    : { status: 503, body: errorBody(message, 'server_error', null, error.code) }
}
