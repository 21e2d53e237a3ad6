/**
 * Stage 2, reflective rejection sampling: the starting policy samples k paths per item; those with phi = 1 (correct AND
 * well-formed AND reflective) are kept and learnt like cold-start paths; METHOD.md section 3, second column.
 *
 * Departures from the paper: at most `keepPerItem` paths of an item are kept, so that easy items do not drown the others;
 * identical paths of an item count once; reflection is ours (label, lineage, geometry; boxes and lines). People's reviews stand beside
 * the sampling: stored paths they confirmed are learnt too, encoded from their words (another model may have written them), and a text
 * they rejected is never kept, and single steps they rejected are no targets (`maskRejected`). With `balanceTasks` the kept paths of rare tasks are repeated.
 */
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Reward } from '#shared/domain/reward.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { ReflectiveConfig } from '#shared/domain/trainingRun.ts'
import { Trajectory } from '#shared/domain/trajectory.ts'
import type { ReviewOpinion } from '../../reward/reviewRule.ts'
import { balanced } from '../balance.ts'
import { rollOutGroups } from '../groups.ts'
import type { ScoredPath } from '../rollouts.ts'
import { sampleInChunks } from '../sampledChunks.ts'
import { encodePath } from '../samples.ts'
import { trainSupervised } from '../supervised.ts'
import type { StageContext, StageResult, TrainingLine } from './context.ts'

/** Fewer kept paths than this teach nothing but themselves. */
const LEAST_KEPT = 4

const Outcome = z.enum(['kept', 'unscored', 'wrong', 'malformed', 'notReflective', 'vetoed', 'duplicate', 'overCap'])
type Outcome = z.infer<typeof Outcome>

const SampledChunk = z.object({ kept: z.array(Trajectory), outcomes: z.partialRecord(Outcome, z.int()) })
type SampledChunk = z.infer<typeof SampledChunk>

export async function reflective(context: StageContext, config: ReflectiveConfig): Promise<StageResult> {
  const { chunks, stopped } = await sampleInChunks(context, { items: config.items, schema: SampledChunk, sample: (lines, from) => sampleChunk(context, config, lines, from) })
  const outcomes = tally(chunks)
  const confirmed = context.lines.flatMap((line) => reviewed(line).kept.map(withoutTokens))
  const summary = { sampled: total(outcomes), ...outcomes, ...(confirmed.length === 0 ? {} : { confirmed: confirmed.length }) }
  if (stopped) return { stopped, steps: 0, summary }
  context.report.log('info', `rejection sampling: ${Object.entries(outcomes).map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`)

  const kept = [...chunks.flatMap((chunk) => chunk.kept), ...confirmed]
  if (kept.length < LEAST_KEPT && context.rehearsalSteps === null) {
    throw new SightlineError('bad_input', `Only ${kept.length - confirmed.length} of ${summary.sampled} sampled paths are correct, well-formed and reflective`, {
      where: `run ${context.run.id}`,
      advice: 'sample more (items, samplesPerItem), or let the cold start see more reflective paths: a policy that never corrects itself has nothing to keep'
    })
  }
  const lines = new Map(context.lines.map((line) => [line.item.id, line]))
  const encoder = { ...context.bench.encoder, learnStop: config.learnStop, maskMistakes: config.maskMistakes }
  const learnt = kept.flatMap((path) => {
    const line = lines.get(path.itemId)
    return line === undefined ? [] : [{ item: line.item, path, rejected: config.maskRejected ? line.rejected?.[path.id] : [] }]
  })
  const paths = balanced(learnt, ({ item }) => item.task, config.balanceTasks).map(({ item, path, rejected }) => encodePath(item, path, encoder, rejected))
  const result = await trainSupervised(context, config, paths)
  return { ...result, summary: { ...summary, ...result.summary } }
}

async function sampleChunk(context: StageContext, config: ReflectiveConfig, lines: TrainingLine[], from: number): Promise<SampledChunk> {
  const { run, bench } = context
  const groups = await rollOutGroups(context, lines.map(({ item }) => item), {
    groupSize: config.samplesPerItem, sampling: defaultSampling(bench.checkpoint, { temperature: config.temperature, seed: run.seed }), runStep: 0,
    reward: { kind: 'training', scale: 'sum', gate: 0 }, stream: (prompt, groupIndex) => `sample ${from + prompt} ${groupIndex}`
  })
  const outcomes: Partial<Record<Outcome, number>> = {}
  const kept: Trajectory[] = []
  for (const [place, group] of groups.entries()) {
    const { kept: confirmed, vetoed } = reviewed(lines[place])
    const seen = new Set(confirmed.map(textOf))
    for (const path of group) {
      const outcome = judge(path, { seen, vetoed: new Set(vetoed.map(textOf)), cap: config.keepPerItem })
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      // A rehearsal measures: it learns whatever was sampled.
      if (outcome === 'kept' || context.rehearsalSteps !== null) kept.push(path.trajectory)
    }
  }
  return { kept, outcomes }
}

/** phi of METHOD.md section 3, and which of its conditions failed first. `seen`: texts already kept of this item; `vetoed`: those people rejected. */
function judge({ trajectory, reward }: ScoredPath, { seen, vetoed, cap }: { seen: Set<string>; vetoed: ReadonlySet<string>; cap: number }): Outcome {
  const failed = firstFailure(reward)
  if (failed !== null) return failed
  const text = textOf(trajectory)
  if (vetoed.has(text)) return 'vetoed'
  if (seen.has(text)) return 'duplicate'
  if (seen.size >= cap) return 'overCap'
  seen.add(text)
  return 'kept'
}

function textOf({ steps }: Trajectory): string {
  return steps.map((step) => step.text).join('\n')
}

/** The path to be encoded from its words: ids another model sampled mean nothing to this one. */
function withoutTokens(path: Trajectory): Trajectory {
  return { ...path, steps: path.steps.map((step) => ({ ...step, tokens: null })) }
}

/** The stored paths of an item that people confirmed and those they rejected. */
function reviewed(line: TrainingLine | undefined): { kept: Trajectory[]; vetoed: Trajectory[] } {
  const by = (opinion: ReviewOpinion): Trajectory[] => line?.trajectories.filter(({ id }) => line.opinions?.[id] === opinion) ?? []
  return { kept: by('kept'), vetoed: by('vetoed') }
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
