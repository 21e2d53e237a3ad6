import { Random } from '#shared/domain/random.ts'
import type { GrpoConfig } from '#shared/domain/trainingRun.ts'
import type { Policy } from '../model/policy.ts'
import type { PolicySample, TokenSample } from '../model/sequence.ts'
import { tokenWeights } from '../objective/aggregate.ts'
import { objectiveMetrics } from './rolloutMetrics.ts'
import type { EncodedPath } from './samples.ts'
import type { Trainer } from './step.ts'
import type { Workbench } from './workbench.ts'

/** A rollout with what it is worth against its group. */
export interface WeightedPath {
  readonly path: EncodedPath
  readonly advantage: number
  /** Left out of the loss (a truncated path), though its reward counted in the group. */
  readonly masked: boolean
}

export interface PolicyUpdate {
  readonly trainer: Trainer
  /** Null without a KL term. */
  readonly reference: Policy | null
  readonly learningRate: number
  /** What every path counts as under `constantLength`, in tokens. */
  readonly lossLength: number
  /** Shuffles the paths over mini-batches. */
  readonly seed: number
}

/**
 * The updates of one batch of rollouts: `innerSteps` passes over it, each cut into `miniBatches` optimizer steps of equally many
 * paths in a shuffled order. The log-probabilities of the policy that wrote the paths stay the same throughout. A path of advantage 0
 * has no gradient but that of the KL term and is not run without one; it still counts in the mean over its mini-batch.
 */
export async function takePolicySteps(bench: Workbench, config: GrpoConfig, paths: readonly WeightedPath[], update: PolicyUpdate): Promise<Record<string, number>> {
  const { trainer, reference, learningRate } = update
  const learnt = paths.filter(({ advantage, masked }) => !masked && (advantage !== 0 || reference !== null))
  const counts = { usedPaths: learnt.length, maskedPaths: paths.filter(({ masked }) => masked).length }
  if (learnt.length === 0) return counts
  const samples = await bench.phases.time('data', () => bench.samples(learnt.map(({ path }) => path)))
  const old = await bench.phases.time('oldLogProb', () => oldLogProbs(bench.policy, config, learnt, samples))
  const refLogProbs = reference === null ? undefined : await bench.phases.time('reference', () => reference.logProbs(samples))
  const ready = new Map(learnt.map((path, index): [WeightedPath, PolicySample] => [path, {
    ...samples[index] as TokenSample, advantage: path.advantage, oldLogProbs: old.logProbs[index] as Float32Array,
    ...(refLogProbs === undefined ? {} : { refLogProbs: refLogProbs[index] as Float32Array })
  }]))
  const steps: Record<string, number>[] = []
  for (let pass = 0; pass < config.innerSteps; pass++) {
    for (const part of miniBatches(paths, config, update.seed, pass)) {
      const batch = weighted(part, ready, config, update.lossLength)
      if (batch.length === 0) continue
      const result = await bench.phases.time('update', () => trainer.step(batch, { learningRate }))
      const { loss, gradNorm, tokens, skipped } = result
      steps.push({ loss, gradNorm, tokens, skipped: skipped ? 1 : 0, ...objectiveMetrics(batch, result.logProbs, config) })
    }
  }
  const trained = samples.reduce((sum, { ids }) => sum + ids.length, 0) * config.innerSteps
  return { ...counts, ...old.metrics, ...combined(steps), updates: steps.length, tokensPerSecond: trained / bench.phases.of('update') }
}

/** Log-probabilities of the policy that wrote the paths: noted while sampling, or by the scoring graph; how far the two lie apart. */
async function oldLogProbs(policy: Policy, { oldLogProbs: source }: GrpoConfig, paths: readonly WeightedPath[], samples: readonly TokenSample[]): Promise<{
  logProbs: Float32Array[]; metrics: Record<string, number>
}> {
  const sampled = paths.map(({ path }) => path.sampledLogProbs ?? new Float32Array(path.ids.length))
  if (source === 'sampled') return { logProbs: sampled, metrics: {} }
  const logProbs = await policy.logProbs(samples)
  const gaps = samples.flatMap(({ loss }, i) => Array.from(loss.keys())
    .map((t) => loss[t] === 0 ? 0 : Math.abs((logProbs[i]?.[t] ?? 0) - (sampled[i]?.[t] ?? 0))))
  return { logProbs, metrics: { oldLogProbGapMax: gaps.reduce((most, gap) => Math.max(most, gap), 0) } }
}

function miniBatches(paths: readonly WeightedPath[], { miniBatches: parts }: GrpoConfig, seed: number, pass: number): WeightedPath[][] {
  if (parts === 1) return [[...paths]]
  const shuffled = Random.seeded(seed, `pass ${pass}`).shuffled([...paths])
  return Array.from({ length: parts }, (_, i) => shuffled.slice(Math.floor((i * paths.length) / parts), Math.floor(((i + 1) * paths.length) / parts)))
}

/** The learnt paths of a mini-batch with the aggregation's weight on each token, counted over all of its paths. */
function weighted(part: readonly WeightedPath[], ready: ReadonlyMap<WeightedPath, PolicySample>, { aggregation }: GrpoConfig, lossLength: number): PolicySample[] {
  const lengths = part.map(({ path, masked }) => masked ? 0 : path.loss.reduce((sum, weight) => sum + (weight > 0 ? 1 : 0), 0))
  const weights = tokenWeights(lengths, aggregation, lossLength)
  return part.flatMap((path, index) => {
    const sample = ready.get(path)
    return sample === undefined ? [] : [{ ...sample, loss: sample.loss.map((weight) => weight > 0 ? weights[index] as number : 0) }]
  })
}

/** Numbers of several updates as one: sums of counts, the largest of maxima, means of the rest; the first update alone says how far apart training and sampling were. */
function combined(steps: readonly Record<string, number>[]): Record<string, number> {
  const [first] = steps
  if (first === undefined || steps.length === 1) return { ...first }
  return Object.fromEntries(Object.keys(first).map((name) => {
    const values = steps.map((step) => step[name] ?? NaN)
    if (name === 'logProbGap') return [name, first[name] ?? NaN]
    if (name.endsWith('Max')) return [name, Math.max(...values)]
    const sum = values.reduce((a, b) => a + b, 0)
    return [name, name === 'skipped' || name === 'tokens' ? sum : sum / values.length]
  }))
}
