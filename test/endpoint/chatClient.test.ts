import { describe, expect, it, onTestFinished } from 'vitest'
import { describeError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import { ChatClient } from '#main/endpoint/chatClient.ts'
import type { CompletionRequest } from '#main/endpoint/chatMessages.ts'
import { readRetryAfter, retryDelay } from '#main/endpoint/retry.ts'
import { type Answer, type Asked, fakeServer, said } from './fakeServer.ts'

const KEY = 'sk-very-secret'
const request: CompletionRequest = { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello?' }] }], temperature: 0.5, topP: 1, maxTokens: 50, seed: 3 }

async function serving(answer: (asked: Asked, count: number) => Answer | null | Promise<Answer | null>) {
  const server = await fakeServer(answer)
  onTestFinished(() => server.close())
  const waits: number[] = []
  const wait = async (milliseconds: number): Promise<void> => {
    await Promise.resolve()
    waits.push(milliseconds)
  }
  return { server, waits, wait }
}

describe('a request', () => {
  it('goes to the base URL with key, model and limits, and its tokens are counted and priced', async () => {
    const { server } = await serving(() => said('Hi', { prompt: 2000, completion: 500 }))
    const client = new ChatClient(server.endpoint({ price: { prompt: 3, completion: 15 } }), KEY)
    expect(await client.complete(request)).toEqual({ text: 'Hi', ending: 'stop', totalTokens: 2500 })
    await client.complete(request)
    expect(server.asked[0]).toMatchObject({
      path: '/v1/chat/completions', authorization: `Bearer ${KEY}`, body: { model: 'seer', temperature: 0.5, top_p: 1, max_tokens: 50, seed: 3 }
    })
    expect(client.usage).toEqual({ requests: 2, promptTokens: 4000, completionTokens: 1000, cost: (4000 * 3 + 1000 * 15) / 1e6 })
  })

  it('names the limit as the server wants it and sends no key where there is none', async () => {
    const { server } = await serving(() => said('Hi'))
    await new ChatClient(server.endpoint({ tokenLimit: 'max_completion_tokens' }), null).complete(request)
    expect(server.asked[0]?.authorization).toBeUndefined()
    expect(server.asked[0]?.body).toMatchObject({ max_completion_tokens: 50 })
    expect(server.asked[0]?.body).not.toHaveProperty('max_tokens')
  })

  it('never flies with more others than allowed', async () => {
    const { server } = await serving(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return said('Hi')
    })
    const client = new ChatClient(server.endpoint({ parallelism: 2 }), null)
    await Promise.all(Array.from({ length: 7 }, () => client.complete(request)))
    expect([server.asked.length, server.most()]).toEqual([7, 2])
  })
})

describe('a failure', () => {
  it.each<[string, Answer, string]>([
    ['a refused key', { status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}` } } }, 'unauthorized'],
    ['an unknown model', { status: 404, body: { error: { message: 'no such model', code: 'model_not_found' } } }, 'not_found'],
    ['an unfit request', { status: 400, body: { error: { message: 'this model takes no pictures' } } }, 'bad_input'],
    ['an empty account', { status: 429, body: { error: { message: 'pay', code: 'insufficient_quota' } } }, 'rate_limited'],
    ['a page instead of JSON', { body: `<html>${KEY}</html>` }, 'bad_reply'],
    ['a reply of another form', { body: { choices: [] } }, 'bad_reply'],
    ['a filtered reply', said('', { reason: 'content_filter' }), 'bad_reply'],
    ['a redirection', { status: 302, headers: { location: 'http://elsewhere.example/' } }, 'bad_reply']
  ])('of the lasting kind is told at once: %s', async (_name, answer, code) => {
    const { server, waits, wait } = await serving(() => answer)
    const failure = await new ChatClient(server.endpoint(), KEY, { wait }).complete(request).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code })
    expect(describeError(failure)).toContain('"fake"')
    expect(describeError(failure)).not.toContain(KEY)
    expect([server.asked.length, waits]).toEqual([1, []])
  })

  it('that passes is tried again, later each time, or when the server says', async () => {
    const answers: Answer[] = [{ status: 503 }, { status: 429, headers: { 'retry-after': '7' } }, said('Hi')]
    const { server, waits, wait } = await serving((_asked, count) => answers[count - 1] ?? null)
    expect((await new ChatClient(server.endpoint(), KEY, { wait }).complete(request)).text).toBe('Hi')
    expect(waits[0]).toBeGreaterThanOrEqual(250)
    expect(waits[0]).toBeLessThan(500)
    expect(waits[1]).toBeGreaterThanOrEqual(7000)
    expect(waits[1]).toBeLessThan(7500)
  })

  it('that does not pass ends after the allowed tries', async () => {
    const { server, waits, wait } = await serving(() => ({ status: 429, body: { error: { message: 'slow down' } } }))
    await expect(new ChatClient(server.endpoint(), KEY, { wait }).complete(request)).rejects.toMatchObject({ code: 'rate_limited' })
    expect([server.asked.length, waits.length]).toEqual([3, 2])
  })

  it('is not waited out when the server asks for too much patience', async () => {
    const { server, waits, wait } = await serving(() => ({ status: 429, headers: { 'retry-after': '86400' } }))
    await expect(new ChatClient(server.endpoint(), KEY, { wait }).complete(request)).rejects.toMatchObject({ code: 'rate_limited' })
    expect(waits).toEqual([])
  })

  it('to answer in time, or at all, is unreachable', async () => {
    const { server, wait } = await serving(() => null)
    await expect(new ChatClient(server.endpoint({ timeoutSeconds: 0.05, retries: 0 }), KEY, { wait }).complete(request))
      .rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('0.05 s') as string })
    await server.close()
    await expect(new ChatClient(server.endpoint({ retries: 1 }), KEY, { wait }).complete(request)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('by a stop is a cancellation, in flight and while waiting', async () => {
    const stop = new AbortController()
    const { server } = await serving(() => {
      stop.abort()
      return null
    })
    await expect(new ChatClient(server.endpoint(), KEY, { signal: stop.signal }).complete(request)).rejects.toMatchObject({ code: 'cancelled' })
    const late = new AbortController()
    const busy = await serving(() => {
      setImmediate(() => late.abort())
      return { status: 429, headers: { 'retry-after': '500' } }
    })
    await expect(new ChatClient(busy.server.endpoint(), KEY, { signal: late.signal }).complete(request)).rejects.toMatchObject({ code: 'cancelled' })
  })
})

it('models are listed by name', async () => {
  const { server } = await serving(() => ({ body: { object: 'list', data: [{ id: 'seer' }, { id: 'other' }] } }))
  expect(await new ChatClient(server.endpoint(), KEY).models()).toEqual(['seer', 'other'])
  expect(server.asked[0]?.path).toBe('/v1/models')
})

describe('delays', () => {
  it('double up to a minute, with seeded jitter', () => {
    const delays = (seed: number): number[] => {
      const random = Random.seeded(seed)
      return Array.from({ length: 12 }, (_, attempt) => retryDelay(attempt, null, random))
    }
    expect(delays(1)).toEqual(delays(1))
    expect(delays(1)).not.toEqual(delays(2))
    delays(1).forEach((delay, attempt) => {
      const longest = Math.min(60_000, 500 * 2 ** attempt)
      expect(delay).toBeGreaterThanOrEqual(longest / 2)
      expect(delay).toBeLessThanOrEqual(longest)
    })
  })

  it('read seconds and dates', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(readRetryAfter('1.5', now)).toBe(1500)
    expect(readRetryAfter('Thu, 01 Jan 2026 00:00:09 GMT', now)).toBe(9000)
    expect(readRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
    expect([readRetryAfter(null, now), readRetryAfter('soon', now), readRetryAfter('', now)]).toEqual([null, null, null])
  })
})
