/**
 * Stage 3, reinforcement learning with group-relative advantages; METHOD.md section 3, equations 7 and 8:
 *   L = -(1/G) sum_i (1/N_i) sum_t min(rho A_i, clip(rho, 1 - eps, 1 + eps) A_i),  A_i = (S_i - mean) / std.
 *
 * Departures: the spread is the unbiased one plus 1e-6 (the released code); groups whose rewards are all equal contribute
 * nothing and are not replaced; one optimizer step per batch of rollouts, so rho starts at 1 and the sampled log-probabilities
 * serve as the old ones. N_i counts exactly the sampled tokens, observations left out; nothing is tokenised again.
 * The KL term (k3, to the starting policy) is off unless `klBeta` > 0 (ViLaSR: none, vsGRPO: 1e-4).
 */
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { GrpoConfig } from '#shared/domain/trainingRun.ts'
import type { Policy } from '../../model/policy.ts'
import type { PolicySample } from '../../model/sequence.ts'
import { groupAdvantages } from '../../objective/advantage.ts'
import { rollOutItems } from '../rollouts.ts'
import type { ScoredPath } from '../rollouts.ts'
import { objectiveMetrics, rolloutMetrics } from '../rolloutMetrics.ts'
import { encodePath } from '../samples.ts'
import type { EncodedPath } from '../samples.ts'
import { learningRateAt } from '../schedule.ts'
import { itemsOfStep, seedFor } from '../seeds.ts'
import { Trainer } from '../step.ts'
import { trainableOf } from '../trainable.ts'
import { runSteps } from '../stepLoop.ts'
import type { StageContext, StageResult } from './context.ts'

interface WeightedPath {
  path: EncodedPath
  advantage: number
}

export async function grpo(context: StageContext, config: GrpoConfig): Promise<StageResult> {
  const { bench, run } = context
  // Before a trainer puts an adapter on the policy or a saved state goes into it: the reference is the policy this run started from.
  const reference = config.klBeta > 0 ? bench.policy.clone() : null
  const trainer = new Trainer(bench.policy, {
    trainable: trainableOf(config), recompute: config.recompute, seed: run.seed, weightDecay: config.weightDecay, clipNorm: config.clipNorm,
    objective: { kind: 'policy', clipLow: config.clipLow, clipHigh: config.clipHigh, klBeta: config.klBeta }
  })
  let lastReward = NaN
  const { steps, stopped } = await runSteps(context, {
    phase: 'reinforcement', totalSteps: config.steps, trainer,
    inputs: { settings: run.settings, seed: run.seed, data: run.datasetVersionId, start: run.startCheckpointId },
    step: async (step) => {
      const began = performance.now()
      const groups = await rollOutGroups(context, config, step)
      const rolledOut = performance.now()
      const learningRate = learningRateAt(step, config.steps, config)
      const update = await takeStep(context, config, groups, trainer, reference, learningRate)
      const values = rolloutMetrics(groups)
      lastReward = values.reward ?? NaN
      return { ...values, ...update, learningRate, secondsRollout: (rolledOut - began) / 1000, secondsStep: (performance.now() - rolledOut) / 1000 }
    }
  })
  return { stopped, steps, summary: Number.isFinite(lastReward) ? { reward: lastReward } : {} }
}

/** `promptsPerStep` items of the run's order, `groupSize` rollouts of each from the policy as it is now. */
async function rollOutGroups(context: StageContext, config: GrpoConfig, step: number): Promise<ScoredPath[][]> {
  const { bench, run, lines, report } = context
  const items = itemsOfStep(lines.length, config.promptsPerStep, step, run.seed).flatMap((index) => lines[index]?.item ?? [])
  const requests = items.flatMap((item, prompt) => Array.from({ length: config.groupSize }, (_, groupIndex) => (
    { item, groupIndex, seed: seedFor(run.seed, `step ${step} prompt ${prompt} rollout ${groupIndex}`) })))
  const paths = await rollOutItems(bench, requests, {
    sampling: defaultSampling(bench.checkpoint, { temperature: config.temperature, seed: run.seed }),
    runId: run.id, runStep: step, reward: { kind: 'training', scale: config.rewardScale, gate: config.rewardGate },
    onPath: ({ trajectory, reward }) => report.trajectory(trajectory, reward)
  })
  return items.map((_, prompt) => paths.slice(prompt * config.groupSize, (prompt + 1) * config.groupSize))
}

/** One optimizer step on the groups' tokens. A path of advantage 0 has no gradient but that of the KL term. */
async function takeStep(
  context: StageContext, config: GrpoConfig, groups: readonly ScoredPath[][], trainer: Trainer, reference: Policy | null, learningRate: number
): Promise<Record<string, number>> {
  const { bench } = context
  const weighted = groups.flatMap((group): WeightedPath[] => {
    const advantages = groupAdvantages(group.map(({ reward }) => reward.total))
    return group.map(({ item, trajectory }, index) => ({ path: encodePath(item, trajectory, bench.encoder), advantage: advantages[index] ?? 0 }))
  })
  const zeroVarianceGroups = groups.filter((_, index) => weighted.slice(index * config.groupSize, (index + 1) * config.groupSize)
    .every(({ advantage }) => advantage === 0)).length
  const used = reference === null ? weighted.filter(({ advantage }) => advantage !== 0) : weighted
  if (used.length === 0) return { zeroVarianceGroups, usedPaths: 0 }
  const samples = await bench.samples(used.map(({ path }) => path))
  const refLogProbs = await reference?.logProbs(samples)
  const weightedSamples = samples.map((sample, index): PolicySample => {
    const { path, advantage } = used[index] as WeightedPath
    const written = path.loss.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0)
    return {
      ...sample, advantage,
      loss: path.loss.map((weight) => weight > 0 ? 1 / (weighted.length * written) : 0),
      oldLogProbs: path.sampledLogProbs ?? new Float32Array(path.ids.length),
      ...(refLogProbs === undefined ? {} : { refLogProbs: refLogProbs[index] as Float32Array })
    }
  })
  const result = await trainer.step(weightedSamples, { learningRate })
  return {
    zeroVarianceGroups, usedPaths: used.length, loss: result.loss, gradNorm: result.gradNorm, tokens: result.tokens,
    skipped: result.skipped ? 1 : 0, ...objectiveMetrics(weightedSamples, result.logProbs, config)
  }
}
