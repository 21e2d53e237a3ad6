import type { EngineEvent } from './protocol.ts'

/** The line to the process that started the engine, whichever way it did. */
export interface ParentPort<Event = EngineEvent> {
  /** Resolves when the message has left this process. */
  send(event: Event): Promise<void>
  onMessage(listener: (message: unknown) => void): void
  onClosed(listener: () => void): void
  /** Lets the process end once nothing is left to do. */
  end(): void
}

/** The part of Electron's `process.parentPort` in a utility process that the engine uses. */
interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** The port of a forked Node process or of an Electron utility process. */
export function parentPort<Event = EngineEvent>(): ParentPort<Event> {
  const utility = (process as { parentPort?: UtilityPort }).parentPort
  return utility === undefined ? forkPort<Event>() : utilityPort<Event>(utility)
}

function forkPort<Event>(): ParentPort<Event> {
  const send = process.send?.bind(process)
  if (send === undefined) throw new Error('The engine is started by the program itself, not by hand')
  let closed = (): void => undefined
  return {
    // A message that can no longer be sent means what `disconnect` means, only sooner.
    send: (event) => new Promise((resolve) => {
      send(event as object, undefined, undefined, (error: Error | null) => {
        if (error !== null) closed()
        resolve()
      })
    }),
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => {
      closed = listener
      process.once('disconnect', listener)
    },
    end: () => {
      process.removeAllListeners('disconnect')
      process.disconnect()
    }
  }
}

/** A utility process is ended by its parent's end; it has no closing event of its own. */
function utilityPort<Event>(port: UtilityPort): ParentPort<Event> {
  return {
    send: (event) => {
      port.postMessage(event)
      return Promise.resolve()
    },
    onMessage: (listener) => port.on('message', ({ data }) => listener(data)),
    onClosed: () => undefined,
    end: () => setImmediate(() => process.exit(0))
  }
}
