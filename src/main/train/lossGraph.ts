import { add, clip, exp, min, max, mul, neg, scalar, sub, where, lessOrEqual, div, log, sqrt } from '#main/onnx/build/elementwise.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { linear, matmul } from '#main/onnx/build/matmul.ts'
import { tokenLogProb } from '#main/onnx/build/normalize.ts'
import { reduceMean, total } from '#main/onnx/build/reduce.ts'
import { dimAt } from '#main/onnx/dims.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { PolicyLossSettings } from '../objective/policyLoss.ts'
import type { PreferenceLossSettings } from '../objective/preferenceLoss.ts'

export type Objective = { readonly kind: 'sft' } | ({ readonly kind: 'policy' } & PolicyLossSettings) | ({ readonly kind: 'preference' } & PreferenceLossSettings)

/**
 * Auxiliary classifiers on the visual features (scaled to RMS 1): `classes` of each head and the weight of their mean cross-entropy
 * in the loss. A `vocabulary` head is the token embedding itself, so that a feature comes to point where its word does.
 */
export interface AuxiliaryHead {
  readonly weight: number
  readonly classes: readonly (number | 'vocabulary')[]
}

/**
 * The objective as a graph: objective/{sft,policyLoss,preferenceLoss}.ts over log-probabilities [K, 1], with inputs (stepFeeds.ts)
 * `norm` (scalar), what the sum is divided by, and
 * - supervised and policy: `weights` [K, 1];
 * - policy: `advantages`, `oldLogProbs` and, with KL, `refLogProbs`, all [K, 1]; for ratios of whole responses `responseMeans` [R, K],
 *   which averages over the tokens of each response, and `responses` [K], the response of each token;
 * - preference: `refLogProbs` [K, 1] and `pairs` [P, K], which takes the rejected response's weighted tokens from the chosen one's.
 */
export function objectiveLoss(graph: Graph, objective: Objective, logProbs: Value): Value {
  const column = (name: string): Value => graph.input(name, logProbs.shape)
  const norm = graph.input('norm', [])
  if (objective.kind === 'preference') return div(neg(total(preferenceGain(objective, logProbs, column('refLogProbs')))), norm)
  const gain = objective.kind === 'sft' ? logProbs : policyGain(objective, logProbs, column)
  return div(neg(total(mul(gain, column('weights')))), norm)
}

function policyGain(settings: PolicyLossSettings, logProbs: Value, column: (name: string) => Value): Value {
  const [advantages, old] = [column('advantages'), column('oldLogProbs')]
  const ratio = settings.ratio === 'sequence' ? responseRatio(sub(logProbs, old)) : exp(sub(logProbs, old))
  const clipped = clip(ratio, 1 - settings.clipLow, 1 + settings.clipHigh)
  let surrogate = min(mul(ratio, advantages), mul(clipped, advantages))
  if (settings.dualClip !== undefined) {
    const floor = mul(advantages, settings.dualClip)
    surrogate = where(lessOrEqual(advantages, 0), max(surrogate, floor), surrogate)
  }
  if (settings.klBeta === 0) return surrogate
  const d = sub(column('refLogProbs'), logProbs)
  return sub(surrogate, mul(sub(sub(exp(d), d), 1), settings.klBeta))
}

/** exp of the mean difference over the tokens of a response, at each of its tokens. */
function responseRatio(differences: Value): Value {
  const { graph } = differences
  const tokens = dimAt(differences.shape, 0)
  const means = matmul(graph.input('responseMeans', ['R', tokens]), differences)
  return gatherRows(exp(means), graph.input('responses', [tokens], 'i64'))
}

/** -loss of each pair [P, 1]. */
function preferenceGain({ beta, labelSmoothing }: PreferenceLossSettings, logProbs: Value, reference: Value): Value {
  const pairs = logProbs.graph.input('pairs', ['P', dimAt(logProbs.shape, 0)])
  const margins = mul(matmul(pairs, sub(logProbs, reference)), beta)
  const right = logSigmoid(margins)
  return labelSmoothing === 0 ? right : add(mul(right, 1 - labelSmoothing), mul(logSigmoid(neg(margins)), labelSmoothing))
}

/**
 * min(0, x) - log(1 + e^-|x|): finite for every x. Ties go to the first operand of min and max, so in this order the gradient at 0,
 * where every run starts, is one half.
 */
function logSigmoid(x: Value): Value {
  return sub(min(0, x), log(add(exp(neg(max(x, neg(x)))), 1)))
}

/** Names and shapes of the auxiliary classifiers' own weights. */
export function auxiliaryParameters(head: AuxiliaryHead, width: number): { name: string; shape: readonly [number, number] }[] {
  return head.classes.flatMap((classes, i) => (classes === 'vocabulary' ? [] : [{ name: auxiliaryName(i), shape: [classes, width] as const }]))
}

/**
 * Weighted mean cross-entropy of the auxiliary classifiers over the visual tokens, with inputs `auxiliary.i.targets` [M, 1] and
 * `auxiliary.i.weights` [M, 1] (0 where a token has no target; they carry 1 / count).
 */
export function auxiliaryLoss(graph: Graph, head: AuxiliaryHead, features: Value, weights: (name: string) => Value): Value {
  const scaled = div(features, sqrt(add(reduceMean(mul(features, features), [-1]), 1e-6)))
  const terms = head.classes.map((classes, i) => {
    const logits = linear(scaled, weights(classes === 'vocabulary' ? 'model.embed_tokens.weight' : auxiliaryName(i)))
    const { picked } = tokenLogProb(logits, graph.input(`auxiliary.${i}.targets`, ['M', 1], 'i64'))
    return total(mul(picked, graph.input(`auxiliary.${i}.weights`, ['M', 1])))
  })
  return mul(neg(terms.reduce((a, b) => add(a, b), scalar(graph, 0))), head.weight)
}

const auxiliaryName = (i: number): string => `auxiliary.${i}.weight`
