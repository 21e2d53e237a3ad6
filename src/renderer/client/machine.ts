import type { MachineSample } from '#shared/domain/machine.ts'
import { api } from './client.ts'
import { connection } from './link.ts'
import { keepSubscribed } from './subscription.ts'

/** Tells of the machine once a second until aborted; `anew`: what was told before counts no more, this is all there is. */
export async function followMachine(onSamples: (samples: readonly MachineSample[], anew: boolean) => void, signal: AbortSignal): Promise<void> {
  await keepSubscribed(connection, signal, async () => {
    let anew = true
    for await (const samples of await api.devices.machine(undefined, { signal })) {
      onSamples(samples, anew)
      anew = false
    }
    return 'again'
  })
}
