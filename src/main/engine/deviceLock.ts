import { type NamedLock, takeNamedLock } from './namedLock.ts'

/**
 * Takes the graphics device for this process; waits while another engine of the user has it: two models may not fit on it, and each would
 * slow the other down. Two threads of one process must not use it at all (they crash the runtime), so an engine has one.
 * @throws the signal's reason when `stop` is raised while waiting
 */
export async function takeDeviceLock(stop: AbortSignal, onWait: () => void): Promise<NamedLock> {
  return await takeNamedLock('graphics device', stop, onWait)
}
