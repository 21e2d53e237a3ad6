// Preloaded into an engine process (--import): at a place named by its last argument the file system kills the process or is full.
import fsp, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** `call` on a path that matches `path`, for the `nth` time: `kill` dies there (a write half done), `full` fails with ENOSPC. */
export interface Fault {
  do: 'kill' | 'full'
  call: 'rename' | 'rm' | 'mkdir' | 'appendFile' | 'write'
  path: string
  nth: number
}

const fault = JSON.parse(process.argv.at(-1) ?? 'null') as Fault | null
let seen = 0

function strikes(call: Fault['call'], path: unknown): boolean {
  return fault !== null && fault.call === call && new RegExp(fault.path).test(String(path)) && ++seen === fault.nth
}

function strike(path: unknown): never {
  if (fault?.do === 'kill') process.kill(process.pid, 'SIGKILL')
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write', path: String(path) })
}

type Call = (path: unknown, ...rest: unknown[]) => Promise<unknown>
const functions = fsp as unknown as Record<string, Call>
for (const call of ['rename', 'rm', 'mkdir', 'appendFile'] as const) {
  const original = functions[call] as Call
  functions[call] = async (path, ...rest) => strikes(call, path) ? strike(path) : await original(path, ...rest)
}

const open = functions['open'] as Call
functions['open'] = async (path, ...rest) => {
  const handle = await open(path, ...rest) as FileHandle
  const write = handle.write.bind(handle) as (bytes: Uint8Array, from?: number, length?: number) => Promise<unknown>
  Object.assign(handle, {
    write: async (bytes: Uint8Array, from = 0, length = bytes.length - from) => {
      if (!strikes('write', path)) return await write(bytes, from, length)
      await write(bytes, from, Math.floor(length / 2))
      return strike(path)
    }
  })
  return handle
}
syncBuiltinESMExports()
