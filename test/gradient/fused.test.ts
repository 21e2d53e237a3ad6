import { expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { backward } from '#main/autodiff/backward.ts'
import { attention } from '#main/onnx/build/attention.ts'
import { gelu, mul } from '#main/onnx/build/elementwise.ts'
import { reshape, transpose } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { rmsNorm, rotary, silu } from '#main/onnx/build/normalize.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph } from '#main/onnx/graph.ts'
import type { FloatType } from '#main/onnx/types.ts'
import { Session } from '#main/runtime/session.ts'
import { elementCount, type HostTensor, tensor } from '#main/runtime/tensor.ts'

const SHAPES = { x: [6, 8], weight: [8], cos: [6, 2], sin: [6, 2], probe: [2, 2, 3, 4], square: [2, 2, 4, 4] } as const

/** The float32-only kernels (FusedMatMul, RotaryEmbedding, SimplifiedLayerNormalization) and their rules against the float64 spelling. */
async function gradientsIn(float: FloatType): Promise<Float64Array[]> {
  const graph = new Graph(float)
  const [x, weight, cos, sin, probe, square] = Object.entries(SHAPES).map(([name, shape]) => graph.input(name, shape)) as Parameters<typeof build>
  const loss = build(x, weight, cos, sin, probe, square)
  backward(loss, [x, weight, square]).forEach((gradient, i) => graph.output(`d${i}`, gradient))
  const random = Random.seeded(3)
  const feeds = new Map<string, HostTensor>()
  for (const [name, shape] of Object.entries(SHAPES)) {
    const data = Float64Array.from({ length: elementCount(shape) }, () => random.normal())
    feeds.set(name, float === 'f64' ? tensor('f64', shape, data) : tensor('f32', shape, Float32Array.from(data)))
  }
  const session = await Session.open(graph, { threads: 1, optimization: float === 'f64' ? 'basic' : 'all' })
  const outputs = await session.run(feeds)
  await session.close()
  return [...outputs.values()].map(({ data }) => Float64Array.from(data as Float32Array))
}

type V = ReturnType<Graph['input']>

function build(x: V, weight: V, cos: V, sin: V, probe: V, square: V): V {
  const turned = rotary(silu(rmsNorm(x, weight, 1e-6)), cos, sin, 2)
  const heads = transpose(reshape(turned, [2, 3, 2, 4]), [0, 2, 1, 3])
  const mixed = attention(heads, heads, matmul(heads, square, { transB: true, alpha: 0.5 }), null, 0.5)
  const twice = matmul(matmul(mixed, square, { alpha: 2 }), square, { transB: true })
  return total(mul(matmul(twice, twice, { transA: true, alpha: 0.1 }), matmul(probe, probe, { transA: true })))
}

it('float32 kernels give the float64 gradients', async () => {
  const exact = await gradientsIn('f64')
  const single = await gradientsIn('f32')
  exact.forEach((reference, i) => {
    const scale = Math.max(...reference.map(Math.abs))
    const worst = Math.max(...reference.map((value, k) => Math.abs(value - (single[i]?.[k] ?? Number.NaN)) / scale))
    expect(scale).toBeGreaterThan(1e-3)
    expect(worst).toBeLessThan(5e-6)
  })
})

it('the gradient of the exact GELU is Phi(x) + x phi(x)', async () => {
  const graph = new Graph('f32')
  const x = graph.input('x', [7])
  const y = gelu(x)
  graph.output('d', backward(total(y), [x])[0] as V)
  const points = [-3, -1, -0.2, 0, 0.4, 1, 2.5]
  const session = await Session.open(graph, { threads: 1 })
  const got = (await session.run(new Map([['x', tensor('f32', [7], Float32Array.from(points))]]))).get('d')?.data as Float32Array
  await session.close()
  points.forEach((point, i) => {
    const density = Math.exp((-point * point) / 2) / Math.sqrt(2 * Math.PI)
    expect(got[i]).toBeCloseTo(normalIntegral(point) + point * density, 5)
  })
})

/** Phi(x) by Simpson's rule from 0. */
function normalIntegral(x: number): number {
  const steps = 200
  const h = x / steps
  const f = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
  const inner = Array.from({ length: steps - 1 }, (_, i) => (i % 2 === 0 ? 4 : 2) * f((i + 1) * h)).reduce((a, b) => a + b, 0)
  return 0.5 + (h / 3) * (f(0) + inner + f(x))
}
