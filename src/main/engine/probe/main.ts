/**
 * The probe: asks the graphics adapter one question after another and reports each answer at once, in a process of its own, since a
 * driver may end it at any of them.
 */
import { SightlineError } from '#shared/domain/errors.ts'
import { DEVICE_CHECKS } from '../../runtime/deviceProbe.ts'
import { parentPort } from '../parentPort.ts'
import type { ProbeEvent } from './protocol.ts'

const port = parentPort<ProbeEvent>()
port.onClosed(() => process.exit(0))
let fast = true
for (const { name, run, onlyFast = false } of DEVICE_CHECKS) {
  if (onlyFast && !fast) continue
  await port.send({ kind: 'asking', check: name })
  try {
    const facts = await run()
    await port.send({ kind: 'facts', facts })
    if (facts.gigaflops && facts.cpuGigaflops) fast = facts.gigaflops > facts.cpuGigaflops
  } catch (error) {
    if (!(error instanceof SightlineError)) throw error
    await port.send({ kind: 'refused', check: name, error: error.toRecord() })
    if (name === DEVICE_CHECKS[0]?.name) break
  }
}
await port.send({ kind: 'done' })
// Not `end`: the graphics runtime keeps threads that a plain end would wait for.
process.exit(0)
