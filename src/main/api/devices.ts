import { deviceState, keepDeviceWish } from '../jobs/deviceChoice.ts'
import { webGpuVerdict } from '../jobs/deviceProbe.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { os } from './implement.ts'

export function deviceHandlers({ machine, endpoints: { folder } }: Workshop) {
  return os.devices.router({
    state: os.devices.state.handler(() => deviceState(folder)),
    probe: os.devices.probe.handler(async () => {
      await webGpuVerdict({ folder, again: true })
      return await deviceState(folder)
    }),
    machine: os.devices.machine.handler(({ signal }) => machine.watch(signal)),
    choose: os.devices.choose.handler(async ({ input }) => {
      await keepDeviceWish(folder, input.wish)
      return await deviceState(folder)
    })
  })
}
