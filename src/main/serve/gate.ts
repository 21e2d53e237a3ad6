import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What the gate says about a request; `enter` = a right token in the address, to be turned into a cookie. */
export type Verdict = { allow: true; enter: boolean } | { allow: false; status: 401 | 403; reason: string }

export interface GateRequest {
  method: string
  /** Path and query as sent. */
  url: string
  headers: IncomingHttpHeaders
}

/**
 * Who may talk to the server. It listens on loopback only, but any page in the user's browser can reach loopback, so:
 * the Host must be ours (DNS rebinding), the Origin, if there is one, must be ours (foreign pages), and each request must
 * hold the token of this start, as cookie, as `Authorization: Bearer`, or once as `?token=` on the start page.
 */
export class Gate {
  readonly token: string
  readonly port: number
  readonly #hosts: ReadonlySet<string>

  constructor(token: string, port: number) {
    this.token = token
    this.port = port
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  }

  /** Cookies know no ports: the name holds it, so that two studios on one machine do not log each other out. */
  get cookieName(): string {
    return `sightline-${this.port}`
  }

  get cookie(): string {
    return `${this.cookieName}=${this.token}; HttpOnly; SameSite=Strict; Path=/`
  }

  check(request: GateRequest): Verdict {
    const host = request.headers.host
    if (host === undefined || !this.#hosts.has(host)) return { allow: false, status: 403, reason: 'This server answers to 127.0.0.1 only' }
    const origin = request.headers.origin
    if (origin !== undefined && origin !== `http://${host}`) return { allow: false, status: 403, reason: 'Requests from other sites are refused' }
    const query = new URL(request.url, `http://${host}`)
    if (request.method === 'GET' && query.pathname === '/' && this.#right(query.searchParams.get('token'))) return { allow: true, enter: true }
    if (this.#right(cookieOf(request.headers.cookie, this.cookieName)) || this.#right(bearerOf(request.headers.authorization))) {
      return { allow: true, enter: false }
    }
    return { allow: false, status: 401, reason: 'Open the address that the program printed: it holds this start\'s token' }
  }

  #right(given: string | null): boolean {
    if (given === null) return false
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
    return timingSafeEqual(digest(given), digest(this.token))
  }
}

function cookieOf(header: string | undefined, name: string): string | null {
  const pair = (header ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(`${name}=`))
  return pair === undefined ? null : pair.slice(name.length + 1)
}

function bearerOf(header: string | undefined): string | null {
  return /^Bearer (\S+)$/i.exec(header ?? '')?.[1] ?? null
}
