import { dimAt } from '../dims.ts'
import type { Value } from '../graph.ts'
import { add, mul, neg, reciprocal, sigmoid, sqrt, sub } from './elementwise.ts'
import { gatherElements } from './gather.ts'
import { concat, reshape, split } from './layout.ts'
import { reduceMean } from './reduce.ts'

export function softmax(x: Value): Value {
  return x.graph.one('Softmax', [x], { attributes: { axis: { int: -1 } } })
}

export function logSoftmax(x: Value): Value {
  return x.graph.one('LogSoftmax', [x], { attributes: { axis: { int: -1 } } })
}

/** x sigmoid(x). */
export function silu(x: Value): Value {
  return x.graph.composite('Silu', [x], {}, () => {
    const gate = sigmoid(x)
    return { output: mul(x, gate), saved: [gate] }
  })
}

/** x / sqrt(mean(x^2) + epsilon) * weight over the last axis. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  return x.graph.composite('RmsNorm', [x, weight], {}, () => {
    if (x.dtype === 'f32') {
      const attributes = { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } }
      const [output, inverse] = x.graph.node('SimplifiedLayerNormalization', [x, weight], { attributes }) as [Value, Value]
      return { output, saved: [inverse] }
    }
    const inverse = reciprocal(sqrt(add(reduceMean(mul(x, x), [-1]), epsilon)))
    return { output: mul(mul(x, inverse), weight), saved: [inverse] }
  })
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis. */
export function layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value {
  return x.graph.composite('LayerNorm', [x, weight, bias], {}, () => {
    const centred = sub(x, reduceMean(x, [-1]))
    const inverse = reciprocal(sqrt(add(reduceMean(mul(centred, centred), [-1]), epsilon)))
    const normal = mul(centred, inverse)
    return { output: add(mul(normal, weight), bias), saved: [normal, inverse] }
  })
}

/** Log-probability of targets [n, 1] under logits [n, v]: [n, 1]. `all` is the whole log-softmax, for the entropy. */
export function tokenLogProb(logits: Value, targets: Value): { picked: Value; all: Value } {
  let all = logits
  const picked = logits.graph.composite('TokenLogProb', [logits, targets], {}, () => {
    all = logSoftmax(logits)
    return { output: gatherElements(all, targets), saved: [all] }
  })
  return { picked, all }
}

/**
 * Rotates the halves of each head (rotate-half form): x [rows, heads * size] with cos and sin [rows, size / 2], one angle row per
 * token, which serves plain, two-dimensional and multimodal rotary positions alike.
 */
export function rotary(x: Value, cos: Value, sin: Value, heads: number): Value {
  return x.graph.composite('Rotary', [x, cos, sin], { heads }, () => ({ output: rotaryBody(x, cos, sin, heads) }))
}

function rotaryBody(x: Value, cos: Value, sin: Value, heads: number): Value {
  const [rows, width] = [dimAt(x.shape, 0), Number(dimAt(x.shape, 1))]
  if (x.dtype === 'f32') {
    const offset = x.graph.constant('i64:0', 'i64', [1], () => BigInt64Array.of(0n))
    const attributes = { interleaved: { int: 0 } }
    const turned = x.graph.one('RotaryEmbedding', [reshape(x, [1, rows, width]), offset, cos, sin], { attributes })
    return reshape(turned, [rows, width])
  }
  const half = width / heads / 2
  const [low, high] = split(reshape(x, [rows, heads, 2 * half]), [half, half], 2) as [Value, Value]
  const [c, s] = [reshape(cos, [rows, 1, half]), reshape(sin, [rows, 1, half])]
  const turned = concat([add(mul(low, c), neg(mul(high, s))), add(mul(high, c), mul(low, s))], 2)
  return reshape(turned, [rows, width])
}
