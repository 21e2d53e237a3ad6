import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { Endpoint } from '#shared/domain/endpoint.ts'

const Body = z.looseObject({
  model: z.string(), seed: z.number().optional(), max_tokens: z.number().optional(),
  messages: z.array(z.object({
    role: z.string(),
    content: z.union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional(), image_url: z.object({ url: z.string() }).optional() }))])
  }))
})
export type Asked = { path: string; authorization: string | undefined; body: z.infer<typeof Body> | null }

export interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}

export interface FakeServer {
  asked: Asked[]
  /** The most requests it had open at once. */
  most(): number
  endpoint(change?: Partial<Endpoint>): Endpoint
  close(): Promise<void>
}

/** A server on loopback that answers what the test says; `null` leaves a request hanging. */
export async function fakeServer(answer: (asked: Asked, count: number) => Answer | null | Promise<Answer | null>): Promise<FakeServer> {
  const asked: Asked[] = []
  let [open, most] = [0, 0]
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    most = Math.max(most, ++open)
    response.on('close', () => open--)
    const body = await text(request)
    const one: Asked = { path: request.url ?? '', authorization: request.headers.authorization, body: body === '' ? null : Body.parse(JSON.parse(body)) }
    asked.push(one)
    const given = await answer(one, asked.length)
    if (given === null) return
    response.writeHead(given.status ?? 200, given.headers).end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body))
  }
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    most: () => most,
    endpoint: (change = {}) => Endpoint.parse({ name: 'fake', baseUrl: `http://127.0.0.1:${port}/v1/`, model: 'seer', retries: 2, ...change }),
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  }
}

export function said(content: string, change: { reason?: string; prompt?: number; completion?: number } = {}): Answer {
  return {
    body: {
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: change.reason ?? 'stop' }],
      usage: { prompt_tokens: change.prompt ?? 100, completion_tokens: change.completion ?? 10 }
    }
  }
}
