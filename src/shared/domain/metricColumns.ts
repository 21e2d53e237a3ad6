import { z } from 'zod'

/** A run's numbers by column as they travel: each a base64 of little-endian float64. */
export const PackedMetrics = z.object({ steps: z.string(), columns: z.record(z.string(), z.string()) })
export type PackedMetrics = z.infer<typeof PackedMetrics>

/** A run's numbers by column over ascending steps, bit for bit as they were told; NaN where a step lacks a number. */
export interface MetricColumns { readonly steps: Float64Array; readonly columns: ReadonlyMap<string, Float64Array> }

export function unpackMetrics({ steps, columns }: PackedMetrics): MetricColumns {
  return { steps: unpack(steps), columns: new Map(Object.entries(columns).map(([name, text]) => [name, unpack(text)])) }
}

function unpack(text: string): Float64Array {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at)
  return new Float64Array(bytes.buffer)
}
