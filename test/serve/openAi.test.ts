import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PrelabelRequest } from '#shared/contract/prelabel.ts'
import { Endpoint } from '#shared/domain/endpoint.ts'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { encodePng } from '#main/image/codec.ts'
import { startGenerating } from '#main/jobs/generating.ts'
import { startPrelabel } from '#main/jobs/prelabel.ts'
import { Policy } from '#main/model/policy.ts'
import { PolicyTurns } from '#main/rollout/policyTurns.ts'
import { serveStudio, type StudioServer } from '#main/serve/serveStudio.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { listTrajectories } from '#main/store/trajectories.ts'
import { collect } from '../collect.ts'
import { tinyPolicy } from '../engine/tinyProject.ts'
import { sampling } from '../rollout/material.ts'
import { makeCheckpoint } from '../store/fixtures.ts'

let root: string
let studio: Studio
let server: StudioServer
let client: OpenAI

const maze = generateItem('maze', 5, 0)
let picture: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-openai-'))
  studio = await openStudio({ folder: join(root, 'project'), rendererFolder: null, threads: 1, endpoints: new EndpointStore(join(root, 'user')) })
  const policy = await tinyPolicy()
  const { hash } = await policy.save(join(root, 'project/models/tiny'))
  await policy.close()
  insertCheckpoint(studio.workshop.project, makeCheckpoint({ name: 'tiny', folder: 'models/tiny', hash }))
  server = await serveStudio(studio, { port: 0 })
  client = new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: server.token, maxRetries: 0 })
  picture = `data:image/png;base64,${Buffer.from(await encodePng(maze.image)).toString('base64')}`
})

afterAll(async () => {
  await server.close()
  await studio.close()
  await rm(root, { recursive: true, force: true })
})

/** A request to a random model: it knows no end, so its answers are as long as they may be. */
function asked(change: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model: 'tiny', seed: 11, temperature: 0.8, max_tokens: 40, ...change,
    messages: change.messages ?? [{ role: 'user', content: [{ type: 'image_url', image_url: { url: picture } }, { type: 'text', text: `\n${maze.question}` }] }]
  }
}

describe('models', () => {
  it('are the project\'s checkpoints', async () => {
    const models = await collect(client.models.list())
    expect(models.map(({ id, object, owned_by }) => [id, object, owned_by])).toEqual([['pocket', 'model', 'sightline'], ['tiny', 'model', 'sightline']])
    expect((await client.models.retrieve('pocket')).id).toBe('pocket')
  })

  it('are refused by another key, and unknown ones by name, in the form the client knows', async () => {
    await expect(new OpenAI({ baseURL: `${server.origin}/v1`, apiKey: 'wrong', maxRetries: 0 }).models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    await expect(client.models.retrieve('nothing')).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
    await expect(client.chat.completions.create(asked({ model: 'nothing' }))).rejects.toBeInstanceOf(OpenAI.NotFoundError)
  })
})

describe('a completion', () => {
  it('with a picture is what a rollout with the same seed writes', async () => {
    const answer = await client.chat.completions.create(asked())
    const policy = await Policy.open(join(root, 'project/models/tiny'), { threads: 1 })
    const turn = { conversation: 0, user: { system: null, text: `<image>\n${maze.question}`, images: [maze.image] }, seed: 11, maxTokens: 40 }
    const [own] = await new PolicyTurns(policy).generate([turn], { ...sampling, temperature: 0.8, maxTurnTokens: 40, maxTotalTokens: 10_000 })
    await policy.close()
    expect(answer.choices[0]?.message.content).toBe(own?.text)
    expect(answer.choices[0]?.finish_reason).toBe(own?.ending === 'stop' ? 'stop' : 'length')
    expect(answer.usage).toEqual({ prompt_tokens: own?.promptIds.length, completion_tokens: own?.responseIds.length, total_tokens: (own?.promptIds.length ?? 0) + (own?.responseIds.length ?? 0) })
  })

  it('in pieces is the same as whole, with its usage at the end', async () => {
    const whole = await client.chat.completions.create(asked({ max_tokens: 30 }))
    const stream = await client.chat.completions.create({ ...asked({ max_tokens: 30 }), stream: true, stream_options: { include_usage: true } })
    const chunks = await collect(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(whole.choices[0]?.message.content)
    expect(chunks.filter(({ choices }) => choices[0]?.delta.content).length).toBeGreaterThan(1)
    expect(chunks.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason)).filter((reason) => reason !== null)).toEqual([whole.choices[0]?.finish_reason])
    expect(chunks.at(-1)?.usage).toEqual(whole.usage)
  })

  it('of a dialogue reads what the checkpoint\'s template writes', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'system', content: 'Be brief.' }, { role: 'user', content: [{ type: 'image_url', image_url: { url: picture } }, { type: 'text', text: 'Look.' }] },
      { role: 'assistant', content: 'I see.' }, { role: 'user', content: 'And?' }
    ]
    const policy = await Policy.open(join(root, 'project/models/tiny'), { threads: 1 })
    const cells = (maze.image.width / 28) * (maze.image.height / 28)
    const text = '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Look.<|im_end|>\n<|im_start|>assistant\nI see.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\n'
    const tokens = policy.tokenizer.encode(text).length - 1 + cells
    await policy.close()
    expect((await client.chat.completions.create(asked({ messages, max_tokens: 1 }))).usage?.prompt_tokens).toBe(tokens)
  })

  it('comes several times, each with its own text, and with the probabilities of its tokens', async () => {
    const both = await client.chat.completions.create(asked({ n: 2, logprobs: true, max_tokens: 24, temperature: 1.5 }))
    expect(both.choices.map(({ index }) => index)).toEqual([0, 1])
    expect(both.choices[0]?.message.content).not.toBe(both.choices[1]?.message.content)
    for (const { logprobs, message } of both.choices) {
      // A character that was cut off by the limit belongs to no token.
      expect(message.content?.replace(/\ufffd$/, '')).toBe(logprobs?.content?.map(({ token }) => token).join('').replace(/\ufffd$/, ''))
      expect(logprobs?.content?.every(({ logprob }) => logprob <= 0)).toBe(true)
    }
  })

  it('ends before a stop text, also when it comes in pieces', async () => {
    const free = (await client.chat.completions.create(asked())).choices[0]?.message.content ?? ''
    const stop = free.slice(9, 13)
    const cut = await client.chat.completions.create(asked({ stop }))
    expect(cut.choices[0]).toMatchObject({ message: { content: free.slice(0, free.indexOf(stop)) }, finish_reason: 'stop' })
  })

  it('can be left by its reader without harm to the next', async () => {
    const stream = await client.chat.completions.create({ ...asked({ max_tokens: 500 }), stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    expect((await client.chat.completions.create(asked({ max_tokens: 5 }))).choices[0]?.finish_reason).toBe('length')
  })

  it.each<[string, object, RegExp]>([
    ['a picture from elsewhere', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://elsewhere.example/x.png' } }] }] }, /data URI/],
    ['a damaged picture', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }] }, /content\[0\].*picture/],
    ['two turns of the user', { messages: [{ role: 'user', content: 'a' }, { role: 'user', content: 'b' }] }, /messages\[1\].*assistant's turn/],
    ['nothing to answer', { messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }] }, /last message/],
    ['a marker in the text', { messages: [{ role: 'user', content: 'an <image> here' }] }, /image_url/],
    ['too long a dialogue', { messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }, /tokens/],
    ['a wrong value', { temperature: 9 }, /temperature/],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }, /tools/]
  ])('is refused for %s', async (_name, change, message) => {
    const failure = await client.chat.completions.create(asked(change)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
    expect(failure).toMatchObject({ type: 'invalid_request_error', message: expect.stringMatching(message) as string })
  })

  it('refused in a stream has its status too', async () => {
    await expect(client.chat.completions.create({ ...asked({ messages: [{ role: 'user', content: 'word '.repeat(20_000) }] }), stream: true })).rejects.toMatchObject({ status: 400 })
  })
})

it('an unknown address is refused in the same form', async () => {
  await expect(client.embeddings.create({ model: 'pocket', input: 'x' })).rejects.toMatchObject({ status: 404, type: 'invalid_request_error' })
})

it('the pictures of requests stay out of the project\'s own', async () => {
  expect((await readdir(join(root, 'project', 'cache', 'chat'))).length).toBeGreaterThan(0)
  expect(await readdir(join(root, 'project', 'blobs'))).toEqual([])
})

it('it teaches itself: the teacher client drives this very server over maze items', async () => {
  const { project, runner, endpoints } = studio.workshop
  startGenerating(studio.workshop, { generator: 'maze', count: 4, seed: 3, split: 'train', teacherPaths: false, reflectiveShare: 0 })
  await runner.idle()
  await endpoints.add(Endpoint.parse({ name: 'self', baseUrl: `${server.origin}/v1`, model: 'pocket', parallelism: 4 }), server.token)
  const request = PrelabelRequest.parse({ writer: { kind: 'endpoint', name: 'self' }, source: { kind: 'itemQuery', filter: {} }, prompt: 'pocket', maxTurnTokens: 150, maxTurns: 4, minSteps: 1 })
  const { jobId } = await startPrelabel(studio.workshop, request)
  await runner.idle()
  expect(runner.log.get(jobId)).toMatchObject({ status: 'finished', progress: { done: 4, total: 4 } })
  const paths = listTrajectories(project, { origin: 'teacher' }).rows
  expect(new Set(paths.map(({ itemId }) => itemId)).size).toBe(4)
  expect(paths.every(({ originName, reward }) => originName === 'self/pocket' && reward !== null)).toBe(true)
})
