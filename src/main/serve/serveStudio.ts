import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer } from 'ws'
import { SightlineError } from '#shared/domain/errors.ts'
import { SECURITY_HEADERS } from '../api/headers.ts'
import type { Studio } from '../api/studio.ts'
import { Gate } from './gate.ts'

export interface StudioServer {
  /** The address to open once; it holds the token. */
  url: string
  origin: string
  token: string
  close(): Promise<void>
}

const MAX_MESSAGE_BYTES = 32 * 2 ** 20

/**
 * Serves a studio to programs on this machine: pages, pictures and uploads over HTTP, the contract over a WebSocket at `/rpc`, and the
 * project's models to OpenAI's clients below `/v1` (the token is their API key).
 * @param options.port 0 = any free port
 * @throws SightlineError `conflict` when the port is taken
 */
export async function serveStudio(studio: Pick<Studio, 'assets' | 'router'> & Partial<Pick<Studio, 'openAi'>>, options: { port: number }): Promise<StudioServer> {
  const server = createServer()
  const port = await listen(server, options.port)
  const gate = new Gate(randomBytes(24).toString('base64url'), port)
  const answer = getRequestListener(studio.assets.fetch)
  const answerModels = studio.openAi === undefined ? answer : getRequestListener(studio.openAi.fetch)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const verdict = gate.check({ method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers })
    const forModels = /^\/v1(\/|$)/.test(request.url ?? '')
    if (!verdict.allow) return forModels ? refuseClient(response, verdict.status, verdict.reason) : refuse(response, verdict.status, verdict.reason)
    if (verdict.enter) return void response.writeHead(302, { ...SECURITY_HEADERS, location: '/', 'set-cookie': gate.cookie, 'cache-control': 'no-store' }).end()
    return void (forModels ? answerModels(request, response) : answer(request, response))
  })
  const sockets = acceptSockets(server, gate, studio)
  const origin = `http://127.0.0.1:${port}`
  return { url: `${origin}/?token=${gate.token}`, origin, token: gate.token, close: () => closeServer(server, sockets) }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE'
        ? new SightlineError('conflict', `Port ${port} is already in use`, { where: `127.0.0.1:${port}`, advice: 'Choose another with --port, or leave it out for a free one' })
        : error)
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function acceptSockets(server: Server, gate: Gate, studio: Pick<Studio, 'router'>): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const handler = new RPCHandler(studio.router)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A connection that breaks is the other side's affair; without a listener it would end the program.
    socket.on('error', () => socket.destroy())
    const verdict = gate.check({ method: 'UPGRADE', url: request.url ?? '/', headers: request.headers })
    if (!verdict.allow || new URL(request.url ?? '/', 'http://localhost').pathname !== '/rpc') {
      socket.end(`HTTP/1.1 ${verdict.allow ? 404 : verdict.status} Refused\r\nConnection: close\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate())
      void handler.upgrade(webSocket)
    })
  })
  return sockets
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${reason}\n`)
}

/** The same in the form that OpenAI's clients read. */
function refuseClient(response: ServerResponse, status: number, reason: string): void {
  const body = { error: { message: reason, type: 'invalid_request_error', param: null, code: status === 401 ? 'invalid_api_key' : 'forbidden' } }
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body))
}

async function closeServer(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate()
  server.closeAllConnections()
  await new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
}
