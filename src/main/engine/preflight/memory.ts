import { SightlineError } from '#shared/domain/errors.ts'
import type { MemoryPlan, ModelUse, Workload } from '#shared/domain/modelFacts.ts'
import { finding, type PreflightCheck } from '#shared/domain/preflight.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import type { TextConfig } from '../../model/config.ts'
import { planMemory, RUN_TOKENS, textBlockFloats } from '../../model/memoryPlan.ts'
import type { DescribedModel } from '../../model/modelFacts.ts'
import { trainingUse } from '../blockwiseChoice.ts'
import type { RunLoad } from './load.ts'

/** A float32. */
const FLOAT = 4
/** Rollouts a batch of them decodes at once. */
const AT_ONCE = 64
/** Share of the machine above which other programs are pushed out. */
export const TIGHT = 0.8
const FINDINGS = { ok: [], warning: ['memoryTight'], error: ['memoryShort', 'memoryAdvice'] } as const

/**
 * What a run needs at the moment it needs most, against the machine (model/memoryPlan.ts: computed from shapes, an upper estimate).
 * What sampled paths take is known only as bounds: the machine must hold the least (questions and one turn), and should hold the
 * most (every path at its limit).
 */
export function memoryCheck(settings: StageConfig, described: DescribedModel, load: RunLoad, machineBytes: number): PreflightCheck {
  const { least, most } = boundsOf(settings, described, load, machineBytes, 'host')
  const { plan } = most
  const numbers = { ...numbersOf(least, most), machineBytes }
  const state = least.total > machineBytes ? 'error' : most.total > TIGHT * machineBytes ? 'warning' : 'ok'
  const bounds = least.total === most.total ? gigabytes(most.total) : `${gigabytes(least.total)} to ${gigabytes(most.total)}`
  const message = `About ${bounds} GB of ${gigabytes(machineBytes)} GB${waiting(plan)}`
  const error = new SightlineError('out_of_memory', `This run needs about ${gigabytes(least.total)} GB; the machine has ${gigabytes(machineBytes)} GB`, {
    where: `${plan.use} training: weights ${gigabytes(plan.weights)}, gradients and moments ${gigabytes(plan.gradients + plan.moments)}, activations ${gigabytes(plan.activations)} GB`,
    advice: 'train low-rank adapters (loraRank), block by block (blockwise), keep less for the backward pass (recompute), use smaller pictures (maxPixels), or a smaller model'
  })
  const findings = [
    finding(least.total === most.total ? 'memoryNeeds' : 'memoryBounds', numbers),
    ...(plan.blockInputs === 'file' ? [finding('inputsInFile')] : plan.blockInputs === 'float16' ? [finding('inputsInFloat16')] : []),
    ...FINDINGS[state].map((code) => finding(code, numbers))
  ]
  return { name: 'memory', state, message, numbers, findings, error: state === 'error' ? error.toRecord() : null }
}

/** What the least and the most of the run's paths need, in memory of the host or on the graphics card of a run that goes there. */
export function boundsOf(settings: StageConfig, described: DescribedModel, load: RunLoad, machineBytes: number, place: Place): { least: Need; most: Need } {
  const long = needed(settings, described, load, load.pathTokens, machineBytes, place)
  const short = load.paths > 0 ? long : needed(settings, described, load, Math.min(load.pathTokens, 2 * load.questionTokens), machineBytes, place)
  // Of short paths more are run at once, each with its pictures: they may be the ones that need most.
  return short.total <= long.total ? { least: short, most: long } : { least: long, most: short }
}

/** The parts of the most, and the least. */
export function numbersOf(least: Need, { total, plan, referenceBytes }: Need) {
  return {
    neededBytes: total, leastBytes: least.total, weightsBytes: plan.weights, gradientsBytes: plan.gradients, momentsBytes: plan.moments,
    activationsBytes: plan.activations, cacheBytes: plan.cache, referenceBytes
  }
}

/** Where the inputs of blocks wait, if not in memory as they are. */
function waiting({ blockInputs }: MemoryPlan): string {
  return blockInputs === 'file' ? ', inputs of blocks in a file' : blockInputs === 'float16' ? ', inputs of blocks in float16' : ''
}

type Place = 'host' | 'card'

/** Block by block, the host holds what waits and the card the weights; otherwise both hold the same. */
function usedAt(place: Place, use: ReturnType<typeof trainingUse>): ModelUse {
  return place === 'card' && use === 'blockwise' ? 'device' : use
}

interface Need {
  total: number
  plan: MemoryPlan
  /** A frozen second copy of the weights, for a KL term or preferences without adapters. */
  referenceBytes: number
}

function needed(settings: StageConfig, described: DescribedModel, load: RunLoad, tokens: number, machineBytes: number, place: Place): Need {
  const [{ stage, config }, { config: model, storedBytes }] = [settings, described]
  const batch = 'batchSize' in config ? config.batchSize : config.promptsPerStep * config.groupSize
  const work: Workload = { batch, tokens: Math.max(1, tokens), images: load.images, pixels: Math.max(1, load.pixels), rank: config.loraRank || 1 }
  const use = usedAt(place, trainingUse(settings, described, machineBytes))
  const training = recomputed(planMemory(model, storedBytes, use, work, machineBytes, config.blockInputs), config.recompute, model.text, work)
  const compares = stage === 'dpo' || (stage === 'grpo' && config.klBeta > 0)
  const referenceBytes = compares && config.loraRank === 0 ? training.weights : 0
  const samples = load.paths === 0
  const rollout = samples ? planMemory(model, storedBytes, 'rollout', { ...work, batch: Math.min(AT_ONCE, samplesAtOnce(config)) }, machineBytes) : null
  // Sampling happens with the optimizer's state in memory, and from a merged copy where there are adapters; training after caches and copy are gone.
  const sampling = rollout === null ? 0 : rollout.cache + rollout.activations + (use === 'full' ? 0 : rollout.weights) + training.weights + training.gradients + training.moments
  return { total: referenceBytes + Math.max(training.total, sampling), plan: { ...training, cache: rollout?.cache ?? 0 }, referenceBytes }
}

/** A plan of the whole graph that keeps the blocks' inputs only and one block at a time. */
function recomputed(plan: MemoryPlan, recompute: boolean, text: TextConfig, { batch, tokens }: Workload): MemoryPlan {
  if (!recompute || plan.use === 'blockwise' || plan.use === 'device') return plan
  const atOnce = Math.min(batch, Math.max(1, Math.floor(RUN_TOKENS / tokens)))
  const kept = textBlockFloats(text, atOnce, tokens) * (text.layers - 1) - atOnce * tokens * text.hiddenSize * text.layers
  const saved = Math.min(plan.activations, Math.max(0, FLOAT * kept))
  return { ...plan, activations: plan.activations - saved, total: plan.total - saved }
}

function samplesAtOnce(config: StageConfig['config']): number {
  if ('promptsPerStep' in config) return config.promptsPerStep * config.groupSize
  return 'samplesPerItem' in config ? 16 * config.samplesPerItem : 'groupSize' in config ? 16 * config.groupSize : 1
}

export function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0)
}
