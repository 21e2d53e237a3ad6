import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { DeviceName, DeviceVerdict, DeviceWish } from '../domain/device.ts'
import { MachineSample } from '../domain/machine.ts'
import { procedure } from './base.ts'

/** What the user wants work to run on where it is not said, what that comes to, and what the graphics adapter can do (null: not asked yet). */
export const DeviceState = z.object({ wish: DeviceWish, device: DeviceName, verdict: DeviceVerdict.nullable() })
export type DeviceState = z.infer<typeof DeviceState>

export const devicesContract = {
  state: procedure.output(DeviceState),
  /** Asks the adapter, in a process of its own; takes seconds on a graphics card and minutes on a software adapter. */
  probe: procedure.output(DeviceState),
  /** The machine over the last ten minutes, as far as anyone looked, then each second while the stream is open. */
  machine: procedure.output(eventIterator(z.array(MachineSample))),
  /** Kept for this user on this machine. */
  choose: procedure.input(z.object({ wish: DeviceWish })).output(DeviceState)
}
