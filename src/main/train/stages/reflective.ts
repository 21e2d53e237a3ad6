/**
 * Stage 2, reflective rejection sampling: the starting policy samples k paths per item; those with phi = 1 (correct AND
 * well-formed AND reflective) are kept and learnt like cold-start paths; METHOD.md section 3, second column.
 *
 * Departures from the paper: at most `keepPerItem` paths of an item are kept, so that easy items do not drown the others;
 * identical paths of an item count once; reflection is ours (label, lineage, geometry; boxes and lines).
 */
import { appendFile, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Reward } from '#shared/domain/reward.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { ReflectiveConfig } from '#shared/domain/trainingRun.ts'
import { Trajectory } from '#shared/domain/trajectory.ts'
import { ProgressMeter } from '../progress.ts'
import { rollOutItems } from '../rollouts.ts'
import type { ScoredPath } from '../rollouts.ts'
import { encodePath } from '../samples.ts'
import { itemsOfStep, seedFor } from '../seeds.ts'
import { trainSupervised } from '../supervised.ts'
import type { StageContext, StageResult, TrainingLine } from './context.ts'

/** Items sampled between two marks in the sampling log; a resumed run repeats at most one such chunk. */
const CHUNK_ITEMS = 16
/** Fewer kept paths than this teach nothing but themselves. */
const LEAST_KEPT = 4

const Outcome = z.enum(['kept', 'unscored', 'wrong', 'malformed', 'notReflective', 'duplicate', 'overCap'])
type Outcome = z.infer<typeof Outcome>

const SampledChunk = z.object({ kept: z.array(Trajectory), outcomes: z.partialRecord(Outcome, z.int()) })
type SampledChunk = z.infer<typeof SampledChunk>

export async function reflective(context: StageContext, config: ReflectiveConfig): Promise<StageResult> {
  const { chunks, stopped } = await samplePaths(context, config)
  const outcomes = tally(chunks)
  const summary = { sampled: total(outcomes), ...outcomes }
  if (stopped) return { stopped, steps: 0, summary }
  context.report.log('info', `rejection sampling: ${Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`)

  const kept = chunks.flatMap((chunk) => chunk.kept)
  if (kept.length < LEAST_KEPT) {
    throw new SightlineError('bad_input', `Only ${kept.length} of ${summary.sampled} sampled paths are correct, well-formed and reflective`, {
      where: `run ${context.run.id}`,
      advice: 'sample more (items, samplesPerItem), or let the cold start see more reflective paths: a policy that never corrects itself has nothing to keep'
    })
  }
  const items = new Map(context.lines.map(({ item }) => [item.id, item]))
  const encoder = { ...context.bench.encoder, learnStop: config.learnStop, maskMistakes: config.maskMistakes }
  const paths = kept.flatMap((path) => {
    const item = items.get(path.itemId)
    return item === undefined ? [] : [encodePath(item, path, encoder)]
  })
  const result = await trainSupervised(context, config, paths)
  return { ...result, summary: { ...summary, ...result.summary } }
}

/** Samples chunk by chunk; finished chunks are on disk, so a resumed run keeps them. */
async function samplePaths(context: StageContext, config: ReflectiveConfig): Promise<{ chunks: SampledChunk[]; stopped: boolean }> {
  const { run, report, lines } = context
  const count = config.items === 0 ? lines.length : Math.min(config.items, lines.length)
  const chosen = itemsOfStep(lines.length, count, 0, run.seed).flatMap((index) => lines[index] ?? [])
  const log = join(context.runFolder, 'sampled.jsonl')
  const chunks = await readChunks(log)
  const meter = new ProgressMeter('sampling', 'items', count, Math.min(count, chunks.length * CHUNK_ITEMS))
  for (let from = chunks.length * CHUNK_ITEMS; from < count; from += CHUNK_ITEMS) {
    if (context.stopRequested()) return { chunks, stopped: true }
    const chunk = await sampleChunk(context, config, chosen.slice(from, from + CHUNK_ITEMS), from)
    await appendFile(log, `${JSON.stringify(chunk)}\n`, { flush: true })
    chunks.push(chunk)
    report.progress(meter.at(Math.min(count, from + CHUNK_ITEMS)))
  }
  return { chunks, stopped: false }
}

async function sampleChunk(context: StageContext, config: ReflectiveConfig, lines: TrainingLine[], from: number): Promise<SampledChunk> {
  const { run, bench, report } = context
  const requests = lines.flatMap(({ item }, index) => Array.from({ length: config.samplesPerItem }, (_, groupIndex) => (
    { item, groupIndex, seed: seedFor(run.seed, `sample ${from + index} ${groupIndex}`) })))
  const paths = await rollOutItems(bench, requests, {
    sampling: defaultSampling(bench.checkpoint, { temperature: config.temperature, seed: run.seed }),
    runId: run.id, runStep: 0, reward: { kind: 'training', scale: 'sum', gate: 0 },
    onPath: ({ trajectory, reward }) => report.trajectory(trajectory, reward)
  })
  const outcomes: Partial<Record<Outcome, number>> = {}
  const kept: Trajectory[] = []
  for (const { item } of lines) {
    const seen = new Set<string>()
    for (const path of paths.filter(({ trajectory }) => trajectory.itemId === item.id)) {
      const outcome = judge(path, seen, config.keepPerItem)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      if (outcome === 'kept') kept.push(path.trajectory)
    }
  }
  return { kept, outcomes }
}

/** phi of METHOD.md section 3, and which of its conditions failed first. `seen`: texts already kept of this item. */
function judge({ trajectory, reward }: ScoredPath, seen: Set<string>, cap: number): Outcome {
  const failed = firstFailure(reward)
  if (failed !== null) return failed
  const text = trajectory.steps.map((step) => step.text).join('\n')
  if (seen.has(text)) return 'duplicate'
  if (seen.size >= cap) return 'overCap'
  seen.add(text)
  return 'kept'
}

function firstFailure(reward: Reward): Outcome | null {
  if (reward.correct === null) return 'unscored'
  if (reward.correct <= 0) return 'wrong'
  if (reward.format < 1) return 'malformed'
  return reward.reflective ? null : 'notReflective'
}

function tally(chunks: readonly SampledChunk[]): Partial<Record<Outcome, number>> {
  const sums: Partial<Record<Outcome, number>> = {}
  for (const { outcomes } of chunks) {
    for (const outcome of Outcome.options) {
      const count = outcomes[outcome]
      if (count !== undefined) sums[outcome] = (sums[outcome] ?? 0) + count
    }
  }
  return sums
}

function total(outcomes: Partial<Record<Outcome, number>>): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0)
}

/** The finished chunks; a line cut short by a kill is removed from the file. */
async function readChunks(log: string): Promise<SampledChunk[]> {
  const text = await readFile(log, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) await truncate(log, Buffer.byteLength(whole))
  return whole.split('\n').filter((line) => line !== '').map((line) => SampledChunk.parse(JSON.parse(line)))
}
