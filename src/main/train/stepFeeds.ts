import { SightlineError } from '#shared/domain/errors.ts'
import type { PatchedImage } from '../model/patches.ts'
import type { StepSample } from '../model/sequence.ts'
import type { SequenceBatch } from '../model/sequenceFeeds.ts'
import { type HostTensor, floats, indices } from '../runtime/tensor.ts'
import type { AuxiliaryHead, Objective } from './lossGraph.ts'

/** Sums over a whole optimizer step, so that its micro-batches add up to the loss of one batch. */
export interface StepTotals {
  readonly targets: number
  /** What the sum of the loss is divided by: the supervised loss's weights, 1, or the number of pairs. */
  readonly norm: number
  /** Visual tokens with a target, per auxiliary head. */
  readonly auxiliary: readonly number[]
}

interface ObjectiveSettings {
  readonly objective: Objective
  readonly auxiliary: AuxiliaryHead | null
}

export function stepTotals(samples: readonly StepSample[], { objective, auxiliary }: ObjectiveSettings): StepTotals {
  let [targets, weight] = [0, 0]
  for (const { loss } of samples) {
    for (const value of loss) {
      weight += value
      if (value !== 0) targets++
    }
  }
  const heads = auxiliary?.classes.length ?? 0
  const counts = new Array<number>(heads).fill(0)
  for (const targetsOfImage of visualTargets(samples).values()) {
    targetsOfImage.forEach((value, i) => {
      if (value >= 0) counts[i % heads] = (counts[i % heads] ?? 0) + 1
    })
  }
  return { targets, norm: { sft: weight, policy: 1, preference: pairsOf(samples).size }[objective.kind], auxiliary: counts }
}

/** Inputs of the objective for one micro-batch: weights, norm, policy columns, auxiliary targets. */
export function objectiveFeeds(samples: readonly StepSample[], batch: SequenceBatch, totals: StepTotals, { objective, auxiliary }: ObjectiveSettings): [string, HostTensor][] {
  const count = batch.weights.length
  const column = (read: (sample: StepSample, token: number) => number): HostTensor =>
    floats([count, 1], Float32Array.from({ length: count }, (_, k) => read(samples[batch.samples[k] ?? 0] as StepSample, batch.tokens[k] ?? 0)))
  const feeds: [string, HostTensor][] = [['norm', floats([], Float32Array.of(totals.norm))]]
  if (objective.kind === 'preference') feeds.push(['pairs', pairMatrix(samples, batch)])
  else feeds.push(['weights', floats([count, 1], batch.weights)])
  if (objective.kind === 'policy') {
    feeds.push(['advantages', column((sample) => needed(sample, 'advantage'))], ['oldLogProbs', column((sample, t) => needed(sample, 'oldLogProbs')[t] ?? 0)])
    if (objective.ratio === 'sequence') feeds.push(['responseMeans', responseMeans(samples.length, batch)], ['responses', indices([count], batch.samples)])
  }
  if (objective.kind === 'preference' || (objective.kind === 'policy' && objective.klBeta !== 0)) {
    feeds.push(['refLogProbs', column((sample, t) => needed(sample, 'refLogProbs')[t] ?? 0)])
  }
  return auxiliary ? [...feeds, ...auxiliaryFeeds(samples, batch, totals, auxiliary)] : feeds
}

/** [R, K]: row r averages over the targets of sample r. */
function responseMeans(responses: number, { samples }: SequenceBatch): HostTensor {
  const lengths = new Int32Array(responses)
  for (const sample of samples) lengths[sample] = (lengths[sample] ?? 0) + 1
  const means = floats([responses, samples.length])
  samples.forEach((sample, k) => {
    means.data[sample * samples.length + k] = 1 / (lengths[sample] ?? 1)
  })
  return means
}

/** [P, K]: row p adds the weighted targets of pair p's chosen response and subtracts those of the rejected one. */
function pairMatrix(samples: readonly StepSample[], batch: SequenceBatch): HostTensor {
  const [rows, count] = [[...pairsOf(samples)], batch.weights.length]
  const matrix = floats([rows.length, count])
  batch.weights.forEach((weight, k) => {
    const sample = samples[batch.samples[k] ?? 0] as StepSample
    matrix.data[rows.indexOf(needed(sample, 'pair')) * count + k] = needed(sample, 'chosen') ? weight : -weight
  })
  return matrix
}

/** The distinct pairs of the samples, in their order. */
function pairsOf(samples: readonly StepSample[]): Set<number> {
  return new Set(samples.flatMap((sample) => ('pair' in sample ? [sample.pair] : [])))
}

interface ObjectiveFields {
  advantage?: number
  pair?: number
  chosen?: boolean
  oldLogProbs?: Float32Array
  refLogProbs?: Float32Array
}

function needed<K extends keyof ObjectiveFields>(sample: StepSample & ObjectiveFields, field: K): NonNullable<ObjectiveFields[K]> {
  const value = sample[field]
  if (value === undefined) throw new SightlineError('bad_input', `a sample of the step has no ${field}`)
  return value as NonNullable<ObjectiveFields[K]>
}

function auxiliaryFeeds(samples: readonly StepSample[], batch: SequenceBatch, totals: StepTotals, head: AuxiliaryHead): [string, HostTensor][] {
  const rows = batch.images.reduce((sum, image) => sum + image.tokens, 0)
  const known = visualTargets(samples)
  const heads = head.classes.length
  return head.classes.flatMap((_, i): [string, HostTensor][] => {
    const [ids, weights] = [new Int32Array(rows), floats([rows, 1])]
    for (const [image, first] of batch.featureRows) {
      const targets = known.get(image)
      for (let k = 0; targets && k < image.tokens; k++) {
        const target = targets[k * heads + i] ?? -1
        if (target < 0) continue
        ids[first + k] = target
        weights.data[first + k] = 1 / (totals.auxiliary[i] ?? 1)
      }
    }
    return [[`auxiliary.${i}.targets`, indices([rows, 1], ids)], [`auxiliary.${i}.weights`, weights]]
  })
}

/** Targets by image; an image used by several samples counts once. */
function visualTargets(samples: readonly StepSample[]): Map<PatchedImage, Int32Array> {
  const found = new Map<PatchedImage, Int32Array>()
  for (const sample of samples) {
    if (!('visualTargets' in sample)) continue
    sample.images.forEach((image, i) => {
      const targets = sample.visualTargets[i]
      if (targets) found.set(image, targets)
    })
  }
  return found
}
