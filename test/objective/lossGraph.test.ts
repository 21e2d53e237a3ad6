import { describe, expect, it } from 'vitest'
import { backward } from '#main/autodiff/backward.ts'
import { Graph } from '#main/onnx/graph.ts'
import { tokenWeights } from '#main/objective/aggregate.ts'
import { policyLoss, type PolicyLossSettings } from '#main/objective/policyLoss.ts'
import { preferenceLoss } from '#main/objective/preferenceLoss.ts'
import { Session } from '#main/runtime/session.ts'
import { tensor, type HostTensor } from '#main/runtime/tensor.ts'
import { type Objective, objectiveLoss } from '#main/train/lossGraph.ts'

/** Loss and gradient with respect to the log-probabilities of the very graph that training runs, in float64. */
async function graphLoss(objective: Objective, logProbs: readonly number[], feeds: Record<string, { shape: readonly number[]; data: readonly number[]; whole?: boolean }>) {
  const graph = new Graph('f64')
  const input = graph.input('logProbs', [logProbs.length, 1])
  const loss = objectiveLoss(graph, objective, input)
  graph.output('loss', loss)
  backward(loss, [input]).forEach((gradient) => graph.output('gradient', gradient))
  const session = await Session.open(graph, { optimization: 'basic', threads: 1 })
  const values = new Map<string, HostTensor>([['logProbs', tensor('f64', [logProbs.length, 1], Float64Array.from(logProbs))]])
  for (const [name, { shape, data, whole }] of Object.entries(feeds)) {
    values.set(name, whole ? tensor('i64', shape, BigInt64Array.from(data, BigInt)) : tensor('f64', shape, Float64Array.from(data)))
  }
  const outputs = await session.run(values)
  await session.close()
  return { loss: Number(outputs.get('loss')?.data[0]), gradient: [...floats64(outputs.get('gradient'))] }
}

function floats64(value: HostTensor | undefined): Float64Array {
  if (!(value?.data instanceof Float64Array)) throw new Error('the graph gave no float64 gradient')
  return value.data
}

const column = (data: readonly number[]) => ({ shape: [data.length, 1], data })
const close = (got: readonly number[], wanted: readonly number[]): void => {
  expect(got).toHaveLength(wanted.length)
  got.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] as number, 10))
}

// Two responses of 3 and 2 tokens.
const LENGTHS = [3, 2]
const OWNER = [0, 0, 0, 1, 1]
const LOG_P = [-0.4, -1.1, -2.0, -0.3, -1.5]
const OLD = [-0.9, -1.0, -1.6, -0.35, -3.0]
const REF = [-0.5, -1.4, -1.9, -0.2, -1.7]
const ADVANTAGES = [1.3, -0.7]

async function policy(settings: PolicyLossSettings, weights: readonly number[], advantages: readonly number[] = ADVANTAGES) {
  const perToken = OWNER.map((owner) => advantages[owner] as number)
  const means = LENGTHS.flatMap((length, r) => OWNER.map((owner) => owner === r ? 1 / length : 0))
  const got = await graphLoss({ kind: 'policy', ...settings }, LOG_P, {
    norm: { shape: [], data: [1] }, weights: column(weights), advantages: column(perToken), oldLogProbs: column(OLD),
    ...(settings.klBeta > 0 ? { refLogProbs: column(REF) } : {}),
    ...(settings.ratio === 'sequence' ? { responseMeans: { shape: [2, 5], data: means }, responses: { shape: [5], data: OWNER, whole: true } } : {})
  })
  const plain = policyLoss({
    logProbs: LOG_P, oldLogProbs: OLD, refLogProbs: settings.klBeta > 0 ? REF : null, advantages: perToken, weights, responses: OWNER
  }, settings)
  expect(got.loss).toBeCloseTo(plain, 12)
  return got
}

const sequenceMean = tokenWeights(LENGTHS, 'sequenceMean', 8)
const weightsOf = (perResponse: readonly number[]): number[] => OWNER.map((owner) => perResponse[owner] as number)

describe('the policy loss, against verl’s and TRL’s arithmetic', () => {
  const ratios = LOG_P.map((logp, t) => Math.exp(logp - (OLD[t] as number))) as [number, number, number, number, number]

  it('token ratios with both clips: pg_losses = max(-A r, -A clip(r)), gradient -w A r where not clipped', async () => {
    const settings = { clipLow: 0.2, clipHigh: 0.3, klBeta: 0 }
    const { loss, gradient } = await policy(settings, weightsOf(sequenceMean))
    // Ratios: e^0.5 = 1.65 (clipped at 1.3 for A > 0), e^-0.1, e^-0.4 = 0.67 (not clipped for A > 0), e^0.05, e^1.5 = 4.48 (not clipped for A < 0).
    const surrogate = ratios.map((r, t) => {
      const a = ADVANTAGES[OWNER[t] as number] as number
      return Math.max(-a * r, -a * Math.min(Math.max(r, 0.8), 1.3))
    }) as [number, number, number, number, number]
    const [first, second] = [(surrogate[0] + surrogate[1] + surrogate[2]) / 3, (surrogate[3] + surrogate[4]) / 2]
    expect(loss).toBeCloseTo((first + second) / 2, 10)
    close(gradient, [0, -1.3 * ratios[1] / 6, -1.3 * ratios[2] / 6, 0.7 * ratios[3] / 4, 0.7 * ratios[4] / 4])
  })

  it('dual clip: where A < 0 the loss is min(-A c, ...), with no gradient beyond it', async () => {
    const { loss, gradient } = await policy({ clipLow: 0.2, clipHigh: 0.3, dualClip: 3, klBeta: 0 }, weightsOf(sequenceMean))
    const positive = (-1.3 * 1.3 - 1.3 * ratios[1] - 1.3 * ratios[2]) / 3
    const negative = (0.7 * ratios[3] + 0.7 * 3) / 2
    expect(loss).toBeCloseTo((positive + negative) / 2, 10)
    expect(gradient[4]).toBe(0)
    expect(gradient[3]).toBeCloseTo(0.7 * ratios[3] / 4, 10)
  })

  it('KL: beta (e^(ref - logp) - (ref - logp) - 1), gradient beta (1 - e^(ref - logp))', async () => {
    const { loss, gradient } = await policy({ clipLow: 0.2, clipHigh: 0.2, klBeta: 0.05 }, weightsOf(sequenceMean), [0, 0])
    const d = REF.map((ref, t) => ref - (LOG_P[t] as number))
    const kl = d.map((x) => Math.exp(x) - x - 1) as [number, number, number, number, number]
    expect(loss).toBeCloseTo(0.05 * ((kl[0] + kl[1] + kl[2]) / 6 + (kl[3] + kl[4]) / 4), 10)
    close(gradient, d.map((x, t) => 0.05 * (1 - Math.exp(x)) / (OWNER[t] === 0 ? 6 : 4)))
  })

  it('DAPO: the mean over all tokens; Dr. GRPO: the sum over G times a constant', async () => {
    const wide = { clipLow: 0.99, clipHigh: 9, klBeta: 0 }
    const terms = ratios.map((r, t) => -r * (ADVANTAGES[OWNER[t] as number] as number))
    const sum = terms.reduce((a, b) => a + b, 0)
    const dapo = await policy(wide, weightsOf(tokenWeights(LENGTHS, 'tokenMean', 8)))
    expect(dapo.loss).toBeCloseTo(sum / 5, 10)
    close(dapo.gradient, terms.map((term) => term / 5))
    const drGrpo = await policy(wide, weightsOf(tokenWeights(LENGTHS, 'constantLength', 8)))
    expect(drGrpo.loss).toBeCloseTo(sum / (2 * 8), 10)
    close(drGrpo.gradient, terms.map((term) => term / 16))
  })

  it('GSPO: s = exp(mean of logp - old); loss and gradient of (1/G) sum -min(s A, clip(s) A)', async () => {
    // Mean differences (0.5 - 0.1 - 0.4) / 3 = 0 and (0.05 + 1.5) / 2 = 0.775.
    const s = [Math.exp(0), Math.exp(0.775)] as const
    const { loss, gradient } = await policy({ ratio: 'sequence', clipLow: 3e-4, clipHigh: 4e-4, klBeta: 0 }, weightsOf(sequenceMean))
    expect(loss).toBeCloseTo((-1.3 * s[0] + 0.7 * s[1]) / 2, 10)
    close(gradient, [-1.3 / 6, -1.3 / 6, -1.3 / 6, 0.7 * s[1] / 4, 0.7 * s[1] / 4])
  })

  it('GSPO: a response whose ratio left its range in the direction of its advantage has no gradient', async () => {
    const { loss, gradient } = await policy({ ratio: 'sequence', clipLow: 3e-4, clipHigh: 4e-4, klBeta: 0 }, weightsOf(sequenceMean), [-0.5, 2])
    expect(loss).toBeCloseTo((0.5 - 2 * 1.0004) / 2, 10)
    close(gradient, [0.5 / 6, 0.5 / 6, 0.5 / 6, 0, 0])
  })
})

describe('the preference loss', () => {
  const settings = { beta: 0.1, labelSmoothing: 0 }
  const difference = (rows: readonly number[]) => ({ shape: [1, 5], data: rows })
  const feeds = (pairs: readonly number[], reference = REF) => ({ norm: { shape: [], data: [1] }, refLogProbs: column(reference), pairs: difference(pairs) })

  it('is DPO’s: -log sigmoid(beta ((logp_w - ref_w) - (logp_l - ref_l))), gradient -beta sigmoid(-m) on chosen tokens', async () => {
    const { loss, gradient } = await graphLoss({ kind: 'preference', ...settings }, LOG_P, feeds([1, 1, 1, -1, -1]))
    const margin = 0.1 * ((-3.5 - -3.8) - (-1.8 - -1.9))
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-margin)), 10)
    expect(loss).toBeCloseTo(preferenceLoss([{ chosen: -3.5, rejected: -1.8, refChosen: -3.8, refRejected: -1.9 }], settings), 12)
    const pull = 0.1 / (1 + Math.exp(margin))
    close(gradient, [-pull, -pull, -pull, pull, pull])
  })

  it('starts at log 2 with half the slope, where policy and reference agree', async () => {
    const { loss, gradient } = await graphLoss({ kind: 'preference', ...settings }, LOG_P, feeds([1, 1, 1, -1, -1], LOG_P))
    expect(loss).toBeCloseTo(Math.LN2, 12)
    close(gradient, [-0.05, -0.05, -0.05, 0.05, 0.05])
  })

  it('smooths labels, takes means of tokens, and stays finite far from the reference', async () => {
    const smooth = { beta: 0.5, labelSmoothing: 0.1 }
    const thirds = [1 / 3, 1 / 3, 1 / 3, -0.5, -0.5]
    const { loss } = await graphLoss({ kind: 'preference', ...smooth }, LOG_P, feeds(thirds))
    const margin = 0.5 * ((-3.5 + 3.8) / 3 - (-1.8 + 1.9) / 2)
    expect(loss).toBeCloseTo(0.9 * Math.log(1 + Math.exp(-margin)) + 0.1 * Math.log(1 + Math.exp(margin)), 10)
    const far = await graphLoss({ kind: 'preference', beta: 1, labelSmoothing: 0 }, LOG_P, feeds([1, 1, 1, -1, -1], [900, 900, 900, -900, -900]))
    expect(far.loss).toBeCloseTo(4500, -1)
    expect(far.gradient.every(Number.isFinite)).toBe(true)
  })
})
