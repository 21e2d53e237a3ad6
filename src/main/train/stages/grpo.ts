/**
 * Stage 3, reinforcement learning with group-relative advantages; METHOD.md section 3, equations 7 and 8:
 *   L = -(1/G) sum_i (1/N_i) sum_t min(rho A_i, clip(rho, 1 - eps, 1 + eps) A_i),  A_i = (S_i - mean) / std.
 * With the prompts `think`, `observe` and `vanilla`, which ask for one turn without tools, it is the second paper's R1-Zero-style
 * baseline: the turn's shape is the prompt preset's, and with it what the format reward asks for (reward/format.ts).
 *
 * Departures: the spread is the unbiased one plus 1e-6 (the released code). N_i counts exactly the sampled tokens, observations left
 * out; nothing is tokenised again. One optimizer step per batch of rollouts unless the settings ask for more (`innerSteps`,
 * `miniBatches`); rho's denominator is what was noted while sampling unless `oldLogProbs` asks for the scoring graph's numbers.
 * Groups whose rewards are all equal contribute nothing and are replaced only with `maxResamples`, by rollouts of other questions
 * drawn at random; what is still missing after that many rounds stays missing. The KL term (k3, to the starting policy) is off unless
 * `klBeta` > 0 (ViLaSR: none, vsGRPO: 1e-4). Aggregation, ratio, advantage, clips and masking: see GrpoConfig.
 */
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { GrpoConfig } from '#shared/domain/trainingRun.ts'
import type { FinishReason, Sampling } from '#shared/domain/trajectory.ts'
import { groupAdvantages } from '../../objective/advantage.ts'
import { rollOutGroups } from '../groups.ts'
import type { Objective } from '../lossGraph.ts'
import { takePolicySteps } from '../policySteps.ts'
import type { WeightedPath } from '../policySteps.ts'
import { rolloutMetrics } from '../rolloutMetrics.ts'
import type { ScoredPath } from '../rollouts.ts'
import { encodePath } from '../samples.ts'
import { learningRateAt } from '../schedule.ts'
import { itemsOfStep, seedFor } from '../seeds.ts'
import { Trainer } from '../step.ts'
import { runSteps } from '../stepLoop.ts'
import { trainableOf } from '../trainable.ts'
import type { StageContext, StageResult } from './context.ts'

const TRUNCATED: ReadonlySet<FinishReason> = new Set(['turn_length', 'total_length', 'too_many_turns'])

export async function grpo(context: StageContext, config: GrpoConfig): Promise<StageResult> {
  const { bench, run } = context
  // Before a trainer puts an adapter on the policy or a saved state goes into it: the reference is the policy this run started from.
  const reference = config.klBeta > 0 ? bench.policy.clone() : null
  const trainer = new Trainer(bench.policy, {
    trainable: trainableOf(config), recompute: config.recompute, seed: run.seed, weightDecay: config.weightDecay, clipNorm: config.clipNorm,
    objective: objectiveOf(config)
  })
  const sampling = defaultSampling(bench.checkpoint, { temperature: config.temperature, seed: run.seed })
  let lastReward = NaN
  const { steps, stopped } = await runSteps(context, {
    phase: 'reinforcement', totalSteps: config.steps, trainer,
    inputs: { settings: run.settings, seed: run.seed, data: run.datasetVersionId, start: run.startCheckpointId },
    step: async (step) => {
      const { all, used } = await bench.phases.time('rollout', () => sampleGroups(context, config, sampling, step))
      const learningRate = learningRateAt(step, config.steps, config)
      const paths = bench.phases.timeSync('score', () => used.flatMap((group) => weighGroup(context, config, group)))
      const update = await takePolicySteps(bench, config, paths, {
        trainer, reference, learningRate, lossLength: config.lossLength || sampling.maxTotalTokens, seed: seedFor(run.seed, `step ${step} batches`)
      })
      const values = rolloutMetrics(all)
      lastReward = values.reward ?? NaN
      return {
        ...values, zeroVarianceGroups: all.filter((group) => !tells(group)).length, resampledGroups: all.length - config.promptsPerStep, ...update, learningRate
      }
    }
  })
  return { stopped, steps, summary: Number.isFinite(lastReward) ? { reward: lastReward } : {} }
}

/** `promptsPerStep` groups to learn from (fewer when resampling did not find as many), and all that were rolled out to find them. */
async function sampleGroups(context: StageContext, config: GrpoConfig, sampling: Sampling, step: number): Promise<{ all: ScoredPath[][]; used: ScoredPath[][] }> {
  const { lines, run } = context
  const rollOut = (indices: number[], name: string): Promise<ScoredPath[][]> => rollOutGroups(context, indices.flatMap((index) => lines[index]?.item ?? []), {
    groupSize: config.groupSize, sampling, runStep: step, reward: { kind: 'training', scale: config.rewardScale, gate: config.rewardGate },
    stream: (prompt, groupIndex) => `${name} prompt ${prompt} rollout ${groupIndex}`
  })
  const all = await rollOut(itemsOfStep(lines.length, config.promptsPerStep, step, run.seed), `step ${step}`)
  if (config.maxResamples === 0) return { all, used: all }
  for (let round = 1; round <= config.maxResamples; round++) {
    const missing = config.promptsPerStep - all.filter(tells).length
    if (missing <= 0) break
    const name = `step ${step} resample ${round}`
    all.push(...await rollOut(itemsOfStep(lines.length, missing, 0, seedFor(run.seed, name)), name))
  }
  return { all, used: all.filter(tells) }
}

function objectiveOf({ ratio, clipLow, clipHigh, dualClip, klBeta }: GrpoConfig): Objective {
  return { kind: 'policy', ratio, clipLow, clipHigh, klBeta, ...(dualClip > 0 ? { dualClip } : {}) }
}

/** Whether a group's rewards differ: otherwise it says nothing about what was better. */
function tells(group: readonly ScoredPath[]): boolean {
  return groupAdvantages(group.map(({ reward }) => reward.total)).some((advantage) => advantage !== 0)
}

function weighGroup({ bench }: StageContext, { advantage, maskTruncated }: GrpoConfig, group: readonly ScoredPath[]): WeightedPath[] {
  const advantages = groupAdvantages(group.map(({ reward }) => reward.total), advantage)
  return group.map(({ item, trajectory }, index) => ({
    path: encodePath(item, trajectory, bench.encoder), advantage: advantages[index] ?? 0,
    masked: maskTruncated && TRUNCATED.has(trajectory.finishReason)
  }))
}
