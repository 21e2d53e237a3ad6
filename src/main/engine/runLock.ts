import { mkdir, realpath } from 'node:fs/promises'
import { type NamedLock, takeNamedLock } from './namedLock.ts'

/**
 * Takes the right to write a run's folder; waits while another engine has it: one whose program was killed ends only after the
 * model run in hand, and until then it could still save a state.
 * @throws the signal's reason when `stop` is raised while waiting
 */
export async function takeRunLock(runFolder: string, stop: AbortSignal, onWait: () => void): Promise<NamedLock> {
  await mkdir(runFolder, { recursive: true })
  return await takeNamedLock(await realpath(runFolder), stop, onWait)
}
