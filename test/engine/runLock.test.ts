import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeRunLock } from '#main/engine/runLock.ts'

const MODULE = new URL('../../src/main/engine/runLock.ts', import.meta.url).href

let folder = ''
const holders: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL')
})

/** Another process that has the lock and, like an engine inside a model run, hears nothing. */
async function deafHolder() {
  const script = join(folder, 'holder.mjs')
  await writeFile(script, `
    import { takeRunLock } from ${JSON.stringify(MODULE)}
    await takeRunLock(${JSON.stringify(join(folder, 'run'))}, new AbortController().signal, () => undefined)
    process.send('locked', () => { for (;;) {} })
  `)
  const child = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
  holders.push(child)
  await once(child, 'message')
  return child
}

test('a second engine waits until the first one is dead, however it dies', async () => {
  const holder = await deafHolder()
  const order: string[] = []
  const waiting = Promise.withResolvers<undefined>()
  const taken = takeRunLock(join(folder, 'run'), new AbortController().signal, () => waiting.resolve(undefined)).then((lock) => {
    order.push('taken')
    return lock
  })
  await waiting.promise
  order.push('killed')
  holder.kill('SIGKILL')
  await (await taken).release()
  expect(order).toEqual(['killed', 'taken'])
})

test('waiting ends when the run is stopped', async () => {
  await deafHolder()
  const stop = new AbortController()
  await expect(takeRunLock(join(folder, 'run'), stop.signal, () => stop.abort())).rejects.toMatchObject({ name: 'AbortError' })
})

test('a released lock is free, and two runs do not mind each other', async () => {
  const signal = new AbortController().signal
  const never = (): never => { throw new Error('waited') }
  const first = await takeRunLock(join(folder, 'one'), signal, never)
  const other = await takeRunLock(join(folder, 'two'), signal, never)
  await first.release()
  await (await takeRunLock(join(folder, 'one'), signal, never)).release()
  await other.release()
})
