import { z } from 'zod'
import { DeviceFacts } from '#shared/domain/device.ts'
import { ErrorRecord } from '#shared/domain/errors.ts'

/** Probe -> main. A check that is asked and neither answered nor refused ended the process. */
export const ProbeEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('asking'), check: z.string() }),
  z.object({ kind: z.literal('facts'), facts: DeviceFacts.partial() }),
  z.object({ kind: z.literal('refused'), check: z.string(), error: ErrorRecord }),
  z.object({ kind: z.literal('done') })
])
export type ProbeEvent = z.infer<typeof ProbeEvent>
