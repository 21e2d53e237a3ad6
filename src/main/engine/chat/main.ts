/**
 * The chat engine: one checkpoint kept warm in a process of its own, answering dialogues until its parent ends it. It reads the model's
 * folder and the pictures of requests, and writes nothing.
 */
import { describeError, SightlineError, type ErrorRecord } from '#shared/domain/errors.ts'
import { BlobStore } from '../../blobs/blobStore.ts'
import { Policy } from '../../model/policy.ts'
import { Pictures } from '../../train/pictures.ts'
import { parentPort } from '../parentPort.ts'
import { usageMeter } from '../usage.ts'
import { ChatWriter } from './chatWriter.ts'
import { ChatRequest, type ChatEvent, type ChatModel } from './protocol.ts'

const port = parentPort<ChatEvent>()
const usage = usageMeter()
let writer: Promise<ChatWriter> | null = null

port.onMessage((message) => {
  const request = ChatRequest.parse(message)
  if (request.kind === 'open') writer = open(request.model)
  else if (request.kind === 'usage') void port.send({ kind: 'usage', usage: usage() })
  else void answer(request)
})
port.onClosed(() => process.exit(0))

async function open(model: ChatModel): Promise<ChatWriter> {
  const policy = await Policy.open(model.folder, { threads: model.threads })
  return new ChatWriter(policy, new Pictures(new BlobStore(model.pictures)), (event) => void port.send(event))
}

async function answer(request: Exclude<ChatRequest, { kind: 'open' | 'usage' }>): Promise<void> {
  try {
    const ready = await writer
    if (request.kind === 'abort') ready?.abort(request.id)
    else await ready?.add(request.id, request.completion)
  } catch (error) {
    await port.send({ kind: 'failed', error: recordOf(error) })
    if (error instanceof SightlineError) port.end()
    else setImmediate(() => { throw error })
  }
}

function recordOf(error: unknown): ErrorRecord {
  if (error instanceof SightlineError) return error.toRecord()
  return { code: 'engine_died', message: describeError(error), advice: 'this is a defect of the program; its log has the details' }
}
