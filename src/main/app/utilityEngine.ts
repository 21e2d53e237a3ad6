import { utilityProcess } from 'electron'
import { engineEntry, type EngineProcess, LastWords } from '../api/engineHost.ts'

/** Starts an engine as a utility process: Electron's own Node, apart from the window's processes. */
export function utilityEngine(): EngineProcess {
  const child = utilityProcess.fork(engineEntry(), [], { stdio: 'pipe', serviceName: 'Sightline engine' })
  const words = new LastWords()
  child.stdout?.on('data', (chunk: Buffer) => words.add(chunk))
  child.stderr?.on('data', (chunk: Buffer) => words.add(chunk))
  return {
    send: (request) => child.postMessage(request),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', (code) => listener({ code, signal: null })),
    kill: () => void child.kill(),
    lastWords: () => words.text()
  }
}
