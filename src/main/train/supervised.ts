import type { SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { planBatches } from './batches.ts'
import type { EncodedPath } from './samples.ts'
import type { StageContext, StageResult } from './stages/context.ts'
import { learningRateAt } from './schedule.ts'
import { Trainer } from './step.ts'
import { trainableOf } from './trainable.ts'
import { runSteps } from './stepLoop.ts'

/**
 * Supervised learning on paths: minimises -(1/N) sum over assistant tokens of log p, N = the assistant tokens of the batch
 * (METHOD.md section 3), AdamW under a warm-up and cosine schedule, batches by length. Paths without a target are left out.
 * @throws SightlineError `bad_input` when there is nothing to learn from.
 */
export async function trainSupervised(context: StageContext, config: SupervisedConfig, encoded: EncodedPath[]): Promise<StageResult> {
  const paths = encoded.filter(({ loss }) => loss.some((weight) => weight > 0))
  if (paths.length === 0) {
    throw new SightlineError('bad_input', 'There is no path to learn from', {
      advice: 'generate or import teacher paths for the chosen tasks, or accept some in Review'
    })
  }
  const { bench, run } = context
  const trainer = new Trainer(bench.policy, {
    trainable: trainableOf(config), recompute: config.recompute, seed: run.seed, weightDecay: config.weightDecay, clipNorm: config.clipNorm, objective: { kind: 'sft' }
  })
  const batches = planBatches(paths.map((path) => path.ids.length), { batchSize: config.batchSize, epochs: config.epochs, seed: run.seed })
  let lastLoss = NaN
  const { steps, stopped } = await runSteps(context, {
    phase: 'training', totalSteps: batches.length, trainer,
    inputs: { settings: run.settings, seed: run.seed, data: run.datasetVersionId, paths: paths.length, start: run.startCheckpointId },
    step: async (step) => {
      const samples = await bench.phases.time('data', () => bench.samples((batches[step] ?? []).flatMap((index) => paths[index] ?? [])))
      const learningRate = learningRateAt(step, batches.length, config)
      const result = await bench.phases.time('update', () => trainer.step(samples, { learningRate }))
      lastLoss = result.loss
      return {
        loss: result.loss, entropy: result.entropy, gradNorm: result.gradNorm, learningRate, tokens: result.tokens,
        tokensPerSecond: samples.reduce((sum, { ids }) => sum + ids.length, 0) / bench.phases.of('update'), skipped: result.skipped ? 1 : 0
      }
    }
  })
  return { stopped, steps, summary: { paths: paths.length, ...(Number.isFinite(lastLoss) ? { loss: lastLoss } : {}) } }
}
