import { z } from 'zod'

/** What a graph can run on: the processor, or the graphics card through WebGPU, whatever its maker. */
export const DeviceName = z.enum(['cpu', 'webgpu'])
export type DeviceName = z.infer<typeof DeviceName>

/** What a person asks for; `auto`: WebGPU where the probe found it right and faster than the CPU, else the CPU. */
export const DeviceWish = z.enum(['auto', 'cpu', 'webgpu'])
export type DeviceWish = z.infer<typeof DeviceWish>

/** What the probe found out about the WebGPU adapter of this machine; null where a check did not end. */
export const DeviceFacts = z.object({
  /** A float32 product came out as on the CPU. */
  float32: z.boolean().nullable(),
  /** Half floats can be stored and read. */
  float16Storage: z.boolean().nullable(),
  /** A product of half floats is summed in float32: 8,192 products of 0.1 come out as 81.9. */
  float16Accumulation: z.boolean().nullable(),
  /** Rows of queries (20 to 200) at which the fused attention differs from the one spelled out; empty = it may be used. */
  fusedAttentionWrongAt: z.array(z.int()).nullable(),
  /** Bytes of the largest buffer that could be made, probed up to 2 GiB. */
  largestBufferBytes: z.number().nullable(),
  /** 10^9 operations a second of a chain of float32 products, and of the same chain on the CPU. */
  gigaflops: z.number().nullable(),
  cpuGigaflops: z.number().nullable()
})
export type DeviceFacts = z.infer<typeof DeviceFacts>

export const DeviceVerdict = z.object({
  name: DeviceName,
  /** Graphs run and come out right. */
  usable: z.boolean(),
  /** Usable and faster than the CPU. */
  preferred: z.boolean(),
  /** In words: why not, or what it was measured to do. */
  words: z.string(),
  facts: DeviceFacts.nullable(),
  /** What the verdict holds for: runtime, system and driver. */
  driver: z.string(),
  probedAt: z.iso.datetime()
})
export type DeviceVerdict = z.infer<typeof DeviceVerdict>
