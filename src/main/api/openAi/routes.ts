import { randomInt, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { streamSSE } from 'hono/streaming'
import { SightlineError } from '#shared/domain/errors.ts'
import { ChatEngines, type ChatProduct } from '../../jobs/chatEngines.ts'
import type { Workshop } from '../../jobs/workshop.ts'
import { securityHeaders } from '../headers.ts'
import { type ChatBody, readChatBody } from './chatBody.ts'
import { chunksOf, type ReplyHead, usageChunk, usageOf, WholeReply } from './chatReply.ts'
import { dialogueOf } from './dialogue.ts'
import { answerFor, errorBody, OpenAiError } from './openAiError.ts'
import { RequestPictures } from './requestPictures.ts'
import { modelBody, modelCalled, servedModels, type ServedModel } from './servedModels.ts'

/** A dialogue's pictures come with every request. */
const MOST_BYTES = 64 * 2 ** 20
const DEFAULT_TEMPERATURE = 1

export interface OpenAiServer {
  readonly app: Hono
  /** Ends the engines it keeps warm. */
  close(): void
}

/** One answer under way: what it is called and the events it is made of. */
interface Answer {
  readonly head: ReplyHead
  readonly choices: number
  readonly logprobs: boolean
  readonly events: AsyncGenerator<ChatProduct>
  /** To be called when nobody waits for it any more. */
  readonly abandon: () => void
}

/**
 * The project's own models behind OpenAI's `GET /v1/models` and `POST /v1/chat/completions`. Who may ask is the door's business.
 */
export function createOpenAi({ project, threads, machine }: Pick<Workshop, 'project' | 'threads' | 'machine'>): OpenAiServer {
  const folder = join(project.folder, 'cache', 'chat')
  const pictures = new RequestPictures(folder)
  const engines = new ChatEngines({ projectFolder: project.folder, pictures: folder, threads, machine })
  const app = new Hono()
  app.use(securityHeaders)
  app.onError((error, context) => refuse(context, error))
  app.notFound((context) => refuse(context, new OpenAiError(404, `There is no ${context.req.method} ${context.req.path} here`)))
  app.get('/v1/models', (context) => context.json({ object: 'list', data: servedModels(project).map(modelBody) }))
  app.get('/v1/models/:id', (context) => context.json(modelBody(modelCalled(project, context.req.param('id')))))
  const limit = bodyLimit({ maxSize: MOST_BYTES, onError: (context) => refuse(context, new OpenAiError(413, `The request is larger than ${MOST_BYTES} bytes`)) })
  app.post('/v1/chat/completions', limit, async (context) => {
    const body = readChatBody(await jsonOf(context))
    const model = modelCalled(project, body.model)
    const dialogue = await dialogueOf(body.messages, (uri, param) => pictures.put(uri, param))
    const completion = { dialogue, ...drawingOf(body) }
    const gone = new AbortController()
    const answer: Answer = {
      head: headOf(model), choices: completion.choices, logprobs: body.logprobs === true, abandon: () => gone.abort(),
      events: engines.complete(model.checkpoint, completion, AbortSignal.any([context.req.raw.signal, gone.signal]))
    }
    return body.stream === true ? await streamed(context, answer, body.stream_options?.include_usage === true) : await whole(context, answer)
  })
  return { app, close: () => engines.close() }
}

function drawingOf(body: ChatBody) {
  return {
    choices: body.n ?? 1, seed: body.seed ?? randomInt(2 ** 31), temperature: body.temperature ?? DEFAULT_TEMPERATURE, topP: body.top_p ?? 1, topK: body.top_k ?? 0,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? null, stop: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? [])
  }
}

function headOf({ id, checkpoint }: ServedModel): ReplyHead {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: id, system_fingerprint: `sl_${checkpoint.hash.slice(0, 12)}` }
}

async function whole(context: Context, { head, choices, logprobs, events }: Answer): Promise<Response> {
  const reply = new WholeReply(choices)
  for await (const event of events) reply.add(event)
  return context.json(reply.body(head, logprobs))
}

/** Server-sent events. The first one is waited for, so that a request that cannot be met is refused with a status. */
async function streamed(context: Context, { head, choices, logprobs, events, abandon }: Answer, includeUsage: boolean): Promise<Response> {
  const first = await events.next()
  return streamSSE(context, async (stream) => {
    stream.onAbort(abandon)
    let [promptTokens, completionTokens] = [0, 0]
    for (let next = first; next.done !== true; next = await events.next()) {
      const event = next.value
      if (event.kind === 'read') promptTokens = event.promptTokens
      if (event.kind === 'end') completionTokens += event.completionTokens
      for (const chunk of chunksOf(event, head, choices, logprobs)) await stream.writeSSE({ data: JSON.stringify(chunk) })
    }
    if (includeUsage) await stream.writeSSE({ data: JSON.stringify(usageChunk(head, usageOf(promptTokens, completionTokens))) })
    await stream.writeSSE({ data: '[DONE]' })
  }, async (error, stream) => {
    await stream.writeSSE({ data: JSON.stringify(error instanceof SightlineError ? answerFor(error).body : errorBody('The server failed', 'server_error')) })
  })
}

async function jsonOf(context: Context): Promise<unknown> {
  try {
    return await context.req.json<unknown>()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new OpenAiError(400, 'The request is no JSON')
  }
}

function refuse(context: Context, error: Error): Response {
  if (error instanceof OpenAiError) return context.json(error.body(), error.status)
  if (!(error instanceof SightlineError)) throw error
  const { status, body } = answerFor(error)
  return context.json(body, status)
}
