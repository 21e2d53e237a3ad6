import { z } from 'zod'
import { RunId } from './ids.ts'

const bytes = z.int().nonnegative()
/** Of everything there is, 0 to 1. */
const share = z.number().min(0).max(1)

/** What the system tells of one graphics card; null: not told. */
export const CardReading = z.object({ name: z.string(), busy: share.nullable(), usedBytes: bytes.nullable(), totalBytes: bytes.nullable() })
export type CardReading = z.infer<typeof CardReading>

/** What an engine process uses: of the time of all processors, of memory, and in tensors on the graphics device. */
export const EngineUsage = z.object({ processor: share, residentBytes: bytes, deviceBytes: bytes })
export type EngineUsage = z.infer<typeof EngineUsage>

/** The machine at one moment. */
export const MachineReading = z.object({
  /** Time that all processors were at work since the last reading; null at the first one. */
  processor: share.nullable(),
  memoryUsedBytes: bytes,
  memoryBytes: bytes,
  /** On the disk of the project. */
  freeDiskBytes: bytes,
  /** Null: this system tells of no graphics card without something being installed. */
  cards: z.array(CardReading).nullable()
})
export type MachineReading = z.infer<typeof MachineReading>

/** The machine and the engines at work; `second`: how long the engine's run has been at work. */
export const MachineSample = MachineReading.extend({
  at: z.iso.datetime(),
  engines: z.array(EngineUsage.extend({ run: z.object({ id: RunId, second: z.int().nonnegative() }).nullable() }))
})
export type MachineSample = z.infer<typeof MachineSample>

/** The machine while a run was at work, `second` seconds into that work. */
export const RunMachinePoint = MachineReading.extend({ second: z.int().nonnegative(), engine: EngineUsage })
export type RunMachinePoint = z.infer<typeof RunMachinePoint>
