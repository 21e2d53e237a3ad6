import { add, clip, exp, min, max, mul, neg, scalar, sub, where, lessOrEqual, div, sqrt } from '#main/onnx/build/elementwise.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { tokenLogProb } from '#main/onnx/build/normalize.ts'
import { reduceMean, total } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { PolicyLossSettings } from '../objective/policyLoss.ts'

export type Objective = { readonly kind: 'sft' } | ({ readonly kind: 'policy' } & PolicyLossSettings)

/**
 * Auxiliary classifiers on the visual features (scaled to RMS 1): `classes` of each head and the weight of their mean cross-entropy
 * in the loss. A `vocabulary` head is the token embedding itself, so that a feature comes to point where its word does.
 */
export interface AuxiliaryHead {
  readonly weight: number
  readonly classes: readonly (number | 'vocabulary')[]
}

/**
 * The objective as a graph: objective/sft.ts and objective/policyLoss.ts over log-probabilities [K, 1], with inputs `weights` [K, 1],
 * `norm` (scalar; 1 for the policy loss), and for the policy loss `advantages`, `oldLogProbs` and, with KL, `refLogProbs`, all [K, 1].
 */
export function objectiveLoss(graph: Graph, objective: Objective, logProbs: Value): Value {
  const column = (name: string): Value => graph.input(name, logProbs.shape)
  const weights = column('weights')
  const gain = objective.kind === 'sft' ? logProbs : policyGain(objective, logProbs, column)
  return div(neg(total(mul(gain, weights))), graph.input('norm', []))
}

function policyGain(settings: PolicyLossSettings, logProbs: Value, column: (name: string) => Value): Value {
  const [advantages, old] = [column('advantages'), column('oldLogProbs')]
  const ratio = exp(sub(logProbs, old))
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
