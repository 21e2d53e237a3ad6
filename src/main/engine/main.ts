/**
 * The engine process: one job, then it ends. The main process sends an EngineRequest `start` (and perhaps `stop`), the engine
 * answers with EngineEvents. It never opens the database; what it makes lies in blobs and run folders.
 */
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import { EngineRequest } from './protocol.ts'
import type { EngineEvent, EngineJob } from './protocol.ts'
import { parentPort } from './parentPort.ts'
import { runJob } from './runJob.ts'

const port = parentPort()
const stop = new AbortController()
let started = false

port.onMessage((message) => {
  const request = EngineRequest.parse(message)
  if (request.kind === 'stop') stop.abort()
  else if (!started) {
    started = true
    void serve(request.job)
  }
})
// A parent that is gone can store nothing any more: whatever is not saved yet is lost either way.
port.onClosed(() => process.exit(3))

async function serve(job: EngineJob): Promise<void> {
  try {
    await port.send(await runJob(job, { emit: (event: EngineEvent) => void port.send(event), stop: stop.signal }))
    port.end()
  } catch (error) {
    await port.send({ kind: 'failed', error: recordOf(error) })
    // An expected failure is an ordinary end; anything else is a bug, which must leave its trace and a bad exit code.
    if (error instanceof SightlineError) port.end()
    else setImmediate(() => { throw error })
  }
}

function recordOf(error: unknown): ErrorRecord {
  if (error instanceof SightlineError) return error.toRecord()
  return { code: 'engine_died', message: describeError(error), advice: 'this is a defect of the program; its log has the details' }
}
