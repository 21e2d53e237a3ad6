import { add, div, exp, greaterOrEqual, mul, sub, where } from '#main/onnx/build/elementwise.ts'
import { gatherElements, gatherRows } from '#main/onnx/build/gather.ts'
import { reshape } from '#main/onnx/build/layout.ts'
import { argMax, largest, reduceMax, reduceSum, sumBefore } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import { HIDDEN } from './decoderFeeds.ts'

/** How a loop takes the next token: the likeliest, a draw, or a draw after a cut at top-k and top-p. */
export type ChoiceKind = 'greedy' | 'sampled' | 'cut'

/** What a loop chooses tokens by; null where its kind does without. */
export interface Choice {
  /** [vocabulary]: 0, or HIDDEN for ids that are never taken. */
  readonly banned: Value | null
  /** [K, B, vocabulary] with banned ids buried, and the temperature. */
  readonly noise: Value | null
  readonly temperature: Value | null
  /** How many of the likeliest ids are left (int64 [1]), and which share of their probability (above 1: all). */
  readonly topK: Value | null
  readonly topP: Value | null
}

/** Inputs of a loop kind: greedy `banned`; sampled `noise`, `temperature`; cut all of these and `topK`, `topP`. */
export function choiceInputs(graph: Graph, kind: ChoiceKind, vocabSize: number): Choice {
  const [draws, cuts] = [kind !== 'greedy', kind === 'cut']
  return {
    banned: draws && !cuts ? null : graph.input('banned', [vocabSize]),
    noise: draws ? graph.input('noise', ['K', 'B', vocabSize]) : null,
    temperature: draws ? graph.input('temperature', []) : null,
    topK: cuts ? graph.input('topK', [1], 'i64') : null,
    topP: cuts ? graph.input('topP', []) : null
  }
}

/** The next id of each row of logits [B, vocabulary]: what sampler.ts takes for the same noise. */
export function choose(logits: Value, choice: Choice, iteration: Value, body: Graph): Value {
  const outer = (value: Value): Value => body.capture(value)
  const { banned, noise, temperature, topK, topP } = choice
  if (!noise || !temperature) return argMax(banned ? add(logits, outer(banned)) : logits)
  const [drawn, heat] = [gatherRows(outer(noise), iteration), outer(temperature)]
  if (!banned || !topK || !topP) return argMax(add(div(logits, heat), drawn))
  const { values, order } = largest(add(logits, outer(banned)), outer(topK), 'C')
  const mass = exp(div(sub(values, reduceMax(values, [-1])), heat))
  const spent = greaterOrEqual(sumBefore(mass), mul(reduceSum(mass, [-1]), outer(topP)))
  const place = argMax(where(spent, HIDDEN, add(div(values, heat), gatherElements(drawn, order))))
  return reshape(gatherElements(order, reshape(place, ['B', 1])), ['B'])
}
