import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** What one process of the user holds at a time, until `release` or the end of the process. */
export interface NamedLock {
  release(): Promise<void>
}

/**
 * Takes a lock; waits while another process has it.
 *
 * The lock is a listening local socket named by a hash. The operating system closes it however the holder dies, and a
 * connection to the holder tells when, so there is no guessing about process ids and no asking again and again.
 * @throws the signal's reason when `stop` is raised while waiting
 */
export async function takeNamedLock(name: string, stop: AbortSignal, onWait: () => void): Promise<NamedLock> {
  const address = addressOf(name)
  for (let waited = false; ; ) {
    stop.throwIfAborted()
    const server = await listening(address)
    if (server !== null) return { release: () => new Promise((resolve) => { server.close(() => resolve()) }) }
    const holder = await connected(address)
    if (holder === null) {
      await rm(address, { force: true })
      continue
    }
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const giveUp = (): void => void holder.destroy()
    stop.addEventListener('abort', giveUp, { once: true })
    // The holder answers nothing: the connection ends with it.
    holder.resume().once('close', () => resolve(undefined))
    if (!waited) onWait()
    waited = true
    await promise
    stop.removeEventListener('abort', giveUp)
  }
}

function addressOf(lock: string): string {
  const name = `sightline-${createHash('sha256').update(`${userInfo().username} ${lock}`).digest('hex').slice(0, 24)}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.lock`)
}

/** A server at the address, null when the address is taken (by a living holder, or by what a dead one left behind). */
async function listening(address: string): Promise<Server | null> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.unref()
  })
  const { promise, resolve, reject } = Promise.withResolvers<Server | null>()
  server.once('error', (error: NodeJS.ErrnoException) => error.code === 'EADDRINUSE' ? resolve(null) : reject(error))
  server.listen(address, () => resolve(server))
  const taken = await promise
  // The lock must not keep a process alive whose work is done.
  taken?.unref()
  return taken
}

/** A connection to the holder, null when nobody listens any more. */
async function connected(address: string): Promise<Socket | null> {
  const socket = connect(address)
  const { promise, resolve, reject } = Promise.withResolvers<Socket | null>()
  socket.once('connect', () => resolve(socket))
  socket.once('error', (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? resolve(null) : reject(error))
  const found = await promise
  found?.on('error', () => undefined)
  return found
}
