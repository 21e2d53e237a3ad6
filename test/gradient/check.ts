import { expect } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { mul } from '#main/onnx/build/elementwise.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { backward } from '#main/autodiff/backward.ts'
import { Session } from '#main/runtime/session.ts'
import { elementCount, type HostTensor, tensor } from '#main/runtime/tensor.ts'

export type Input = readonly number[] | Float64Array

/** One numeric check: float64 inputs (differentiated) and integer inputs, and the expression to differentiate. */
export interface GradientCase {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data?: Input }[]
  readonly indices?: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[]
  /** Inputs that get no gradient by design (positions 0-based). */
  readonly constant?: readonly number[]
  readonly build: (x: readonly Value[], index: readonly Value[]) => Value
}

const STEP = 1e-5

/** Analytic gradients of a random linear functional of the expression against central differences, all in float64. */
export async function checkGradient(check: GradientCase, tolerance = 2e-6): Promise<void> {
  const random = Random.seeded(7, 'gradient check')
  const graph = new Graph('f64')
  const xs = check.inputs.map((input, i) => graph.input(`x${i}`, input.shape))
  const index = (check.indices ?? []).map((input, i) => graph.input(`i${i}`, input.shape, 'i64'))
  const y = check.build(xs, index)
  const probe = graph.input('probe', y.shape)
  const loss = total(mul(y, probe))
  const wrt = xs.filter((_, i) => !check.constant?.includes(i))
  const gradients = backward(loss, wrt)
  graph.output('loss', loss)
  gradients.forEach((gradient, i) => {
    expect(gradient.shape).toEqual(wrt[i]?.shape)
    graph.output(`d${i}`, gradient)
  })
  const feeds = new Map<string, HostTensor>()
  check.inputs.forEach(({ shape, data }, i) => feeds.set(`x${i}`, tensor('f64', shape, Float64Array.from(data ?? awkward(random, elementCount(shape))))))
  check.indices?.forEach(({ shape, data }, i) => feeds.set(`i${i}`, tensor('i64', shape, BigInt64Array.from(data, BigInt))))
  const probeShape = y.shape.map(Number)
  feeds.set('probe', tensor('f64', probeShape, Float64Array.from({ length: elementCount(probeShape) }, () => random.normal())))
  const session = await Session.open(graph, { optimization: 'basic', threads: 1 })
  const analytic = await session.run(feeds)
  for (const [i, value] of wrt.entries()) {
    const data = feeds.get(value.name)?.data as Float64Array
    const got = analytic.get(`d${i}`)?.data as Float64Array
    const scale = Math.max(1, ...got.map(Math.abs))
    for (let k = 0; k < data.length; k++) {
      const held = data[k] as number
      const at = async (x: number): Promise<number> => {
        data[k] = x
        return (await session.run(feeds, ['loss'])).get('loss')?.data[0] as number
      }
      const numeric = ((await at(held + STEP)) - (await at(held - STEP))) / (2 * STEP)
      data[k] = held
      expect(Math.abs(numeric - (got[k] as number)) / scale, `${value.name}[${k}]: ${got[k]} against ${numeric}`).toBeLessThan(tolerance)
    }
  }
  await session.close()
}

/** Values of both signs with zeros among them. */
export function awkward(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (i % 5 === 3 ? 0 : random.normal()))
}
