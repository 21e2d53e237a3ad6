import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineRequest } from '../engine/protocol.ts'

/** How an engine process ended: a code, or the signal that killed it. */
export interface EngineExit {
  code: number | null
  signal: string | null
}

/** A running engine process, whoever started it: `child_process.fork` here, `utilityProcess` in the desktop window. */
export interface EngineProcess<Request = EngineRequest> {
  send(request: Request): void
  /** Unchecked: the receiver validates. */
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (exit: EngineExit) => void): void
  kill(): void
  /** The last lines it wrote to its error output, for the report of a crash. */
  lastWords(): string
}

export type EngineSpawner = () => EngineProcess

/** The engine's program: the source file when running from source, its bundle beside this one when built. */
export function engineEntry(): string {
  const entry = import.meta.url.endsWith('.ts') ? '../engine/main.ts' : './engine.js'
  return fileURLToPath(new URL(entry, import.meta.url))
}

/** The chat engine's program, found in the same way. */
export function chatEntry(): string {
  const entry = import.meta.url.endsWith('.ts') ? '../engine/chat/main.ts' : './chat.js'
  return fileURLToPath(new URL(entry, import.meta.url))
}

/** Starts an engine as a child of a plain Node program. It never shares our standard output, which may be `--json`. */
export function forkEngine<Request = EngineRequest>(entry = engineEntry()): EngineProcess<Request> {
  // A process group of its own: Ctrl+C in the terminal is for us, who ask the engine to end after its step.
  const detached = process.platform !== 'win32'
  const child = fork(entry, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json', detached })
  const words = new LastWords()
  child.stdout?.on('data', (chunk: Buffer) => words.add(chunk))
  child.stderr?.on('data', (chunk: Buffer) => words.add(chunk))
  return {
    send: (request) => {
      // A process that just died is reported by its exit, not by the failed send.
      if (child.connected) child.send(request as object, () => undefined)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.once('close', (code, signal) => listener({ code, signal }))
      child.once('error', (error) => {
        words.add(Buffer.from(`${error.message}\n`))
        if (child.pid === undefined) listener({ code: null, signal: null })
      })
    },
    kill: () => void child.kill('SIGKILL'),
    lastWords: () => words.text()
  }
}

const KEPT_CHARACTERS = 4000

/** Keeps the end of a stream of text. */
export class LastWords {
  #text = ''

  add(chunk: Uint8Array): void {
    this.#text = (this.#text + new TextDecoder().decode(chunk)).slice(-KEPT_CHARACTERS)
  }

  text(): string {
    return this.#text.trim()
  }
}
