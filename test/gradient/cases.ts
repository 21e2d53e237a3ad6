import type { OpName } from '#main/onnx/ops/table.ts'
import { attention } from '#main/onnx/build/attention.ts'
import * as e from '#main/onnx/build/elementwise.ts'
import { addElements, addRows, gatherElements, gatherRows, permuteRows } from '#main/onnx/build/gather.ts'
import { concat, expand, reshape, split, transpose } from '#main/onnx/build/layout.ts'
import { gemm, matmul } from '#main/onnx/build/matmul.ts'
import { layerNorm, logSoftmax, rmsNorm, rotary, silu, softmax, tokenLogProb } from '#main/onnx/build/normalize.ts'
import { recomputed } from '#main/onnx/build/recompute.ts'
import { reduceMean, reduceSum, totalSquare } from '#main/onnx/build/reduce.ts'
import type { Value } from '#main/onnx/graph.ts'
import type { GradientCase } from './check.ts'

const shapes = (...all: number[][]): GradientCase['inputs'] => all.map((shape) => ({ shape }))
const positive = [0.3, 1, 2.5, 0.7, 4, 0.9]
/** Away from the kinks, on both sides of them. */
const apart = [-2, -0.4, 0, 0.3, 0.8, 3]
const binary = (op: (a: Value, b: Value) => Value, data?: number[]): GradientCase[] => [
  { inputs: [{ shape: [2, 3], ...(data ? { data } : {}) }, { shape: [2, 3], data: [0.5, -1.5, 2, 0.7, -0.3, 1.1] }], build: ([a, b]) => op(a as Value, b as Value) },
  { inputs: [{ shape: [2, 3], ...(data ? { data } : {}) }, { shape: [3], data: [0.5, -1.5, 2] }], build: ([a, b]) => op(a as Value, b as Value) },
  { inputs: [{ shape: [2, 1], data: [0.2, -0.9] }, { shape: [2, 2, 3], data: [...positive, -1, -2, -3, 1, 2, 3] }], build: ([a, b]) => op(a as Value, b as Value) },
  { inputs: [{ shape: [] , data: [0.25] }, { shape: [2], data: [1.5, -0.5] }], build: ([a, b]) => op(a as Value, b as Value) }
]
const unary = (op: (x: Value) => Value, data: number[] = apart): GradientCase[] => [
  { inputs: [{ shape: [2, 3], data }], build: ([x]) => op(x as Value) }
]
const one = (inputs: GradientCase['inputs'], build: GradientCase['build'], rest: Partial<GradientCase> = {}): GradientCase => ({ inputs, build, ...rest })

type Tuple = [Value, Value, Value, Value]

/** Numeric checks by operation. A rule without a case fails the suite. */
export const CASES: Partial<Record<OpName, GradientCase[]>> = {
  Add: binary(e.add),
  Sub: binary(e.sub),
  Mul: binary(e.mul),
  Div: binary(e.div),
  Min: binary(e.min),
  Max: binary(e.max),
  Neg: unary(e.neg),
  Exp: unary(e.exp),
  Log: unary(e.log, positive),
  Sqrt: unary(e.sqrt, positive),
  Reciprocal: unary(e.reciprocal, [-2, -0.4, 0.3, 0.8, 3, 1]),
  Sigmoid: [...unary(e.sigmoid), ...unary(e.quickGelu)],
  Tanh: unary(e.tanh),
  Clip: unary((x) => e.clip(x, -0.5, 1)),
  Cast: unary((x) => e.cast(x, 'f64')).concat(unary((x) => x.graph.one('Cast', [x], { attributes: { to: { int: 11 } }, facts: { to: 'f64' } }))),
  Identity: unary((x) => x.graph.one('Identity', [x])),
  Where: [
    one([{ shape: [2, 3], data: apart }, { shape: [3], data: [1, 2, 3] }], ([a, b]) => e.where(e.lessOrEqual(a as Value, 0.5), a as Value, b as Value)),
    one(shapes([1], [2, 2]), ([a, b]) => e.where(e.greaterOrEqual(b as Value, 0.1), e.mul(a as Value, 2), b as Value))
  ],
  Gemm: [
    one(shapes([3, 4], [5, 4], [5]), ([a, b, c]) => gemm(a as Value, b as Value, { transB: true, bias: c as Value })),
    one(shapes([3, 4], [4, 2]), ([a, b]) => gemm(a as Value, b as Value)),
    one(shapes([4, 3], [4, 2]), ([a, b]) => gemm(a as Value, b as Value, { transA: true })),
    one(shapes([4, 3], [2, 4]), ([a, b]) => gemm(a as Value, b as Value, { transA: true, transB: true }))
  ],
  MatMul: [
    one(shapes([2, 3, 4], [2, 4, 2]), ([a, b]) => matmul(a as Value, b as Value)),
    one(shapes([2, 3, 4], [4, 2]), ([a, b]) => matmul(a as Value, b as Value)),
    one(shapes([2, 4, 3], [2, 2, 4]), ([a, b]) => matmul(a as Value, b as Value, { transA: true, transB: true, alpha: 0.3 }))
  ],
  Reshape: [one(shapes([2, 6]), ([x]) => reshape(x as Value, [3, 4]))],
  Transpose: [one(shapes([2, 3, 4]), ([x]) => transpose(x as Value, [2, 0, 1]))],
  Concat: [one(shapes([2, 1], [2, 3]), ([a, b]) => concat([a as Value, e.mul(b as Value, 2)], 1))],
  Split: [
    one(shapes([2, 5]), ([x]) => split(x as Value, [2, 3], 1)[1] as Value),
    one(shapes([2, 4]), ([x]) => {
      const [a, b] = split(x as Value, [2, 2], 1) as [Value, Value]
      return e.mul(a, b)
    })
  ],
  Expand: [one(shapes([2, 1]), ([x]) => expand(x as Value, [3, 2, 4]))],
  ReduceSum: [one(shapes([2, 3, 2]), ([x]) => reduceSum(x as Value, [1])), one(shapes([2, 3]), ([x]) => reduceSum(x as Value, [-1], false))],
  ReduceMean: [one(shapes([2, 3, 2]), ([x]) => reduceMean(x as Value, [0, 2])), one(shapes([2, 3]), ([x]) => reduceMean(x as Value, [1], false))],
  ReduceSumSquare: [one(shapes([2, 3]), ([x]) => totalSquare(x as Value))],
  Gather: [one(shapes([4, 3]), ([x], [i]) => gatherRows(x as Value, i as Value), { indices: [{ shape: [2, 3], data: [0, 3, 3, 1, 0, 0] }] })],
  GatherElements: [one(shapes([3, 4]), ([x], [i]) => gatherElements(x as Value, i as Value), { indices: [{ shape: [3, 2], data: [0, 3, 1, 1, 2, 0] }] })],
  ScatterElements: [one(shapes([3, 4], [3, 1]), ([x, u], [i]) => addElements(x as Value, i as Value, u as Value, -1), { indices: [{ shape: [3, 1], data: [0, 3, 1] }] })],
  ScatterND: [one(shapes([4, 2], [3, 2]), ([x, u], [i]) => addRows(x as Value, i as Value, u as Value), { indices: [{ shape: [3], data: [1, 3, 0] }] })],
  Softmax: [one(shapes([2, 4]), ([x]) => softmax(x as Value))],
  LogSoftmax: [one(shapes([2, 4]), ([x]) => logSoftmax(x as Value))],
  Attention: [
    one(shapes([2, 4, 3, 2], [2, 2, 5, 2], [2, 2, 5, 2], [2, 1, 3, 5]), (x) => attention(...(x as Tuple), 0.7)),
    one(shapes([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]), ([q, k, v]) => attention(q as Value, k as Value, v as Value, null, 0.5))
  ],
  Rotary: [one(shapes([3, 8], [3, 2], [3, 2]), ([x, c, s]) => rotary(x as Value, c as Value, s as Value, 2), { constant: [1, 2] })],
  Silu: unary(silu),
  RmsNorm: [one(shapes([2, 3, 4], [4]), ([x, w]) => rmsNorm(x as Value, w as Value, 1e-3))],
  LayerNorm: [one(shapes([3, 4], [4], [4]), ([x, w, b]) => layerNorm(x as Value, w as Value, b as Value, 1e-3))],
  TokenLogProb: [one(shapes([3, 5]), ([x], [i]) => tokenLogProb(x as Value, i as Value).picked, { indices: [{ shape: [3, 1], data: [4, 0, 2] }] })],
  Recomputed: [
    one(shapes([3, 4], [4, 4], [4]), ([x, w, b]) => {
      const block = (y: Value): Value => e.mul(e.sigmoid(gemm(y, w as Value, { bias: b as Value })), y)
      const inner = (y: Value): Value => recomputed(block(y), (z) => [softmax(z)])[0] as Value
      return recomputed(x as Value, (y) => [inner(block(y))])[0] as Value
    }),
    one(shapes([2, 3]), ([x]) => {
      const [a, b] = recomputed(x as Value, (y) => [e.exp(y), e.mul(y, y), e.sigmoid(y)]) as [Value, Value]
      return e.add(e.mul(a, b), e.mul(x as Value, 2))
    })
  ],
  PermuteRows: [
    one(shapes([3, 2]), ([x], [i, j]) => permuteRows(x as Value, i as Value, j as Value), {
      indices: [{ shape: [3], data: [2, 0, 1] }, { shape: [3], data: [1, 2, 0] }]
    }),
    one(
      [{ shape: [3, 2] }],
      ([x], [i, j]) => {
        const padded = permuteRows(x as Value, i as Value, j as Value)
        return permuteRows(reshape(padded, [4, 2]), j as Value, i as Value)
      },
      { indices: [{ shape: [2, 2], data: [2, 0, 1, 0] }, { shape: [3], data: [1, 2, 0] }] }
    )
  ]
}
