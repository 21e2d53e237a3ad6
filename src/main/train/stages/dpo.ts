/**
 * Baseline: direct preference optimisation (Rafailov et al. 2023), the second paper's DPO rows: pairs of a right answer and an altered
 * one. Over pairs (w, l) with the reference the policy the run starts from,
 *   L = -log sigmoid(beta [(log p(w) - log ref(w)) - (log p(l) - log ref(l))]).
 *
 * Departures: neither the paper nor its code says how answers are altered; ours are other options, and numbers off by half or more.
 * Two more kinds of pairs are offered: a written drawing path against the same path ending in an altered answer, and the best against
 * the worst rollout of a group sampled from the starting policy. What both responses of a pair share at their beginning is left out of
 * both sums: its terms cancel (under `lengthNormalised` they would not, and say nothing about the preference).
 */
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { DpoConfig } from '#shared/domain/trainingRun.ts'
import { Trajectory } from '#shared/domain/trajectory.ts'
import type { Policy } from '../../model/policy.ts'
import type { PreferenceSample, TokenSample } from '../../model/sequence.ts'
import { planBatches } from '../batches.ts'
import { rollOutGroups } from '../groups.ts'
import { answerPairs, contrasted, extremes, pathPairs } from '../preferencePairs.ts'
import type { EncodedPair } from '../preferencePairs.ts'
import { preferenceMetrics } from '../preferenceMetrics.ts'
import type { ScoredPath } from '../rollouts.ts'
import { sampleInChunks } from '../sampledChunks.ts'
import { answerPreset, encodePath } from '../samples.ts'
import { learningRateAt } from '../schedule.ts'
import { itemsOfStep } from '../seeds.ts'
import { Trainer } from '../step.ts'
import { runSteps } from '../stepLoop.ts'
import { trainableOf } from '../trainable.ts'
import type { StageContext, StageResult, TrainingLine } from './context.ts'

const SampledPairs = z.object({ pairs: z.array(z.object({ chosen: Trajectory, rejected: Trajectory })), groups: z.int() })
type SampledPairs = z.infer<typeof SampledPairs>

export async function dpo(context: StageContext, config: DpoConfig): Promise<StageResult> {
  const { bench, run } = context
  const { pairs, sampledGroups, stopped: stoppedEarly } = await makePairs(context, config)
  const summary = { pairs: pairs.length, ...(sampledGroups === null ? {} : { sampledGroups }) }
  if (stoppedEarly) return { stopped: true, steps: 0, summary }
  if (pairs.length === 0) throw noPairs(context, config, sampledGroups)
  context.report.log('info', `preference learning on ${pairs.length} pairs (${config.pairs})`)
  // Before a trainer puts an adapter on the policy or a saved state goes into it.
  const reference = bench.policy.clone()
  const trainer = new Trainer(bench.policy, {
    trainable: trainableOf(config), recompute: config.recompute, seed: run.seed, weightDecay: config.weightDecay, clipNorm: config.clipNorm,
    objective: { kind: 'preference', beta: config.beta, labelSmoothing: config.labelSmoothing }
  })
  const lengths = pairs.map(({ chosen, rejected }) => Math.max(chosen.ids.length, rejected.ids.length))
  const batches = planBatches(lengths, { batchSize: config.batchSize, epochs: config.epochs, seed: run.seed })
  let last: Record<string, number> = {}
  const { steps, stopped } = await runSteps(context, {
    phase: 'training', totalSteps: batches.length, trainer,
    inputs: { settings: run.settings, seed: run.seed, data: run.datasetVersionId, pairs: pairs.length, start: run.startCheckpointId },
    step: async (step) => {
      const learningRate = learningRateAt(step, batches.length, config)
      const batch = (batches[step] ?? []).flatMap((index) => pairs[index] ?? [])
      last = await takeStep(context, config, { batch, trainer, reference, learningRate })
      return { ...last, learningRate }
    }
  })
  const { loss, marginAccuracy } = last
  return { stopped, steps, summary: { ...summary, ...(loss === undefined ? {} : { loss }), ...(marginAccuracy === undefined ? {} : { marginAccuracy }) } }
}

async function makePairs(context: StageContext, config: DpoConfig): Promise<{ pairs: EncodedPair[]; sampledGroups: number | null; stopped: boolean }> {
  const { bench, run, lines } = context
  if (config.pairs === 'rollouts') return await rolloutPairs(context, config)
  const encoder = { ...bench.encoder, learnStop: config.learnStop }
  const count = config.items === 0 ? lines.length : Math.min(config.items, lines.length)
  const used = itemsOfStep(lines.length, count, 0, run.seed).flatMap((index) => lines[index] ?? [])
  const altering = { seed: run.seed, count: config.pairsPerItem }
  const pairs = config.pairs === 'paths' ? pathPairs(used, encoder, altering) : answerPairs(used, { ...encoder, preset: answerPreset(bench.preset) }, altering)
  return { pairs, sampledGroups: null, stopped: false }
}

/** Groups from the policy as it is before the first step, a pair of each whose rewards differ. */
async function rolloutPairs(context: StageContext, config: DpoConfig): Promise<{ pairs: EncodedPair[]; sampledGroups: number; stopped: boolean }> {
  const { bench, run } = context
  const sample = async (lines: TrainingLine[], from: number): Promise<SampledPairs> => {
    const groups = await rollOutGroups(context, lines.map(({ item }) => item), {
      groupSize: config.groupSize, sampling: defaultSampling(bench.checkpoint, { temperature: config.temperature, seed: run.seed }), runStep: 0,
      reward: { kind: 'training', scale: 'sum', gate: 0 }, stream: (prompt, groupIndex) => `sample ${from + prompt} ${groupIndex}`
    })
    // A rehearsal measures: any two paths will do.
    const pairOf = (group: ScoredPath[]): SampledPairs['pairs'] => context.rehearsalSteps === null ? [extremes(group) ?? []].flat() : anyTwo(group)
    return { pairs: groups.flatMap(pairOf), groups: groups.length }
  }
  const { chunks, stopped } = await sampleInChunks(context, { items: config.items, schema: SampledPairs, sample })
  const items = new Map(context.lines.map(({ item }) => [item.id, item]))
  const encoder = { ...bench.encoder, learnStop: config.learnStop }
  const pairs = chunks.flatMap((chunk) => chunk.pairs).flatMap(({ chosen, rejected }) => {
    const item = items.get(chosen.itemId)
    return item === undefined ? [] : contrasted(encodePath(item, chosen, encoder), encodePath(item, rejected, encoder))
  })
  return { pairs, sampledGroups: chunks.reduce((sum, { groups }) => sum + groups, 0), stopped }
}

function anyTwo([first, second]: readonly ScoredPath[]): SampledPairs['pairs'] {
  return first && second ? [{ chosen: first.trajectory, rejected: second.trajectory }] : []
}

async function takeStep(
  { bench }: StageContext, config: DpoConfig, { batch, trainer, reference, learningRate }: { batch: EncodedPair[]; trainer: Trainer; reference: Policy; learningRate: number }
): Promise<Record<string, number>> {
  const tokens = await bench.phases.time('data', () => bench.samples(batch.flatMap(({ chosen, rejected }) => [chosen, rejected])))
  const referenceOf = await bench.phases.time('reference', () => reference.logProbs(tokens))
  const samples = tokens.map((sample, index): PreferenceSample => (
    { ...weighed(sample, config), pair: Math.floor(index / 2), chosen: index % 2 === 0, refLogProbs: referenceOf[index] as Float32Array }))
  const result = await bench.phases.time('update', () => trainer.step(samples, { learningRate }))
  return {
    loss: result.loss, entropy: result.entropy, gradNorm: result.gradNorm, tokens: result.tokens, skipped: result.skipped ? 1 : 0, ...preferenceMetrics(samples, result.logProbs, config.beta),
    tokensPerSecond: tokens.reduce((sum, { ids }) => sum + ids.length, 0) / bench.phases.of('update')
  }
}

/** Target weights: 1 each, or one over their number. */
function weighed(sample: TokenSample, { lengthNormalised }: DpoConfig): TokenSample {
  if (!lengthNormalised) return sample
  const targets = sample.loss.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0)
  return { ...sample, loss: sample.loss.map((weight) => weight / Math.max(1, targets)) }
}

function noPairs({ run, lines }: StageContext, { pairs, items }: DpoConfig, sampledGroups: number | null): SightlineError {
  return new SightlineError('bad_input', `No pair could be made from ${sampledGroups ?? (items === 0 ? lines.length : Math.min(items, lines.length))} items`, {
    where: `run ${run.id}`,
    advice: pairs === 'rollouts'
      ? 'the rollouts of every question earned the same: sample more of each (groupSize), or start from a policy that is sometimes right'
      : 'pairs need questions with options or numbers for answers'
  })
}
