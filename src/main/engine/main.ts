/**
 * The engine process: one job, then it ends. The main process sends an EngineRequest `start` (and perhaps `stop`), the engine
 * answers with EngineEvents. It never opens the database; what it makes lies in blobs and run folders.
 */
import { constants, setPriority } from 'node:os'
import { diskFullOf } from '#shared/domain/diskFull.ts'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import { Hold } from '#shared/domain/hold.ts'
import { EngineRequest } from './protocol.ts'
import type { EngineEvent, EngineJob } from './protocol.ts'
import { parentPort } from './parentPort.ts'
import { runJob } from './runJob.ts'
import { tellUsage } from './usage.ts'

// Whoever reviews while a model trains goes first. Threads take the priority of the one that makes them, so this comes before any job.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const port = parentPort()
const stop = new AbortController()
const hold = new Hold()
const marks = new Map<number, () => void>()
let started = false

port.onMessage((message) => {
  const request = EngineRequest.parse(message)
  switch (request.kind) {
    case 'stop': return stop.abort()
    case 'pause': return hold.set(true)
    case 'continue': return hold.set(false)
    case 'stored': return marks.get(request.mark)?.()
    case 'start':
      if (started) return
      started = true
      void serve(request.job)
  }
})
// A parent that is gone can store nothing any more: whatever is not saved yet is lost either way.
port.onClosed(() => process.exit(3))

async function serve(job: EngineJob): Promise<void> {
  const quiet = tellUsage((usage) => void port.send({ kind: 'usage', usage }))
  try {
    const ending = await runJob(job, { emit: (event: EngineEvent) => void port.send(event), stop: stop.signal, hold, stored }).finally(quiet)
    await port.send(ending)
    port.end()
  } catch (error) {
    await port.send({ kind: 'failed', error: recordOf(error) })
    // An expected failure is an ordinary end; anything else is a bug, which must leave its trace and a bad exit code.
    if (expected(error) !== null) port.end()
    else setImmediate(() => { throw error })
  }
}

/** Resolves when the main process has stored everything sent so far. */
async function stored(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const mark = marks.size
  marks.set(mark, () => resolve(undefined))
  void port.send({ kind: 'mark', mark })
  await promise
}

/** An expected failure as such: those thrown as one, and a full disk wherever it was met. */
function expected(error: unknown): SightlineError | null {
  return error instanceof SightlineError ? error : diskFullOf(error)
}

function recordOf(error: unknown): ErrorRecord {
  const known = expected(error)
  if (known !== null) return known.toRecord()
  return { code: 'engine_died', message: describeError(error), advice: 'this is a defect of the program; its log has the details' }
}
