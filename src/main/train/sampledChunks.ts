import { appendFile, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { ProgressMeter } from './progress.ts'
import { itemsOfStep } from './seeds.ts'
import type { StageContext, TrainingLine } from './stages/context.ts'

/** Items sampled between two marks in the sampling log; a resumed run repeats at most one such chunk. */
const CHUNK_ITEMS = 16

export interface ChunkPlan<T> {
  /** Items to sample from; 0 = all. */
  readonly items: number
  readonly schema: z.ZodType<T>
  /** Samples paths for these lines, of which the first is the `from`th chosen one, and says what is kept of them. */
  readonly sample: (lines: TrainingLine[], from: number) => Promise<T>
}

/**
 * Samples from the policy chunk by chunk over a seeded choice of the run's items; what a finished chunk kept is on disk in the run's
 * folder, so that a resumed run has it. A rehearsal samples for one item and leaves nothing behind.
 */
export async function sampleInChunks<T>(context: StageContext, plan: ChunkPlan<T>): Promise<{ chunks: T[]; stopped: boolean }> {
  const { run, runFolder, lines, report } = context
  const count = plan.items === 0 ? lines.length : Math.min(plan.items, lines.length)
  const chosen = itemsOfStep(lines.length, count, 0, run.seed).flatMap((index) => lines[index] ?? [])
  if (context.rehearsalSteps !== null) return { chunks: [await plan.sample(chosen.slice(0, 1), 0)], stopped: false }
  const log = join(runFolder, 'sampled.jsonl')
  const chunks = await readChunks(log, plan.schema)
  const meter = new ProgressMeter('sampling', 'items', count, Math.min(count, chunks.length * CHUNK_ITEMS))
  for (let from = chunks.length * CHUNK_ITEMS; from < count; from += CHUNK_ITEMS) {
    await context.pausePoint()
    if (context.stopRequested()) return { chunks, stopped: true }
    const chunk = await plan.sample(chosen.slice(from, from + CHUNK_ITEMS), from)
    await report.stored()
    await appendFile(log, `${JSON.stringify(chunk)}\n`, { flush: true })
    chunks.push(chunk)
    report.progress(meter.at(Math.min(count, from + CHUNK_ITEMS)))
  }
  return { chunks, stopped: false }
}

/** The finished chunks; a line cut short by a kill is removed from the file. */
async function readChunks<T>(log: string, schema: z.ZodType<T>): Promise<T[]> {
  const text = await readFile(log, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) await truncate(log, Buffer.byteLength(whole))
  return whole.split('\n').filter((line) => line !== '').map((line) => schema.parse(JSON.parse(line)))
}
