import { describe, expect, it } from 'vitest'
import { add, lessOrEqual, mul } from '#main/onnx/build/elementwise.ts'
import { concat, reshape } from '#main/onnx/build/layout.ts'
import { loop } from '#main/onnx/build/loop.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { printGraph } from '#main/onnx/print.ts'
import { verify } from '#main/onnx/verify.ts'
import { Session } from '#main/runtime/session.ts'
import { floats, type HostTensor, indices } from '#main/runtime/tensor.ts'
import { backward } from '#main/autodiff/backward.ts'

/** Powers of a factor: x, x f, x f^2, ... until the sum of a power passes `limit`; also their concatenation as a growing state. */
function powers(): Graph {
  const graph = new Graph()
  const [x, factor] = [graph.input('x', ['N']), graph.input('factor', [])]
  const limit = mul(graph.input('limit', []), 1)
  const seen = { initial: graph.input('none', [0]), inside: ['R'], after: ['Z'] }
  const { state, collected } = loop(graph, { count: graph.input('count', [], 'i64'), state: [{ initial: x }, seen], taken: 'K' }, (body, _, [power, all]) => {
    if (!power || !all) throw new RangeError('two values of state were given')
    const next = mul(power, body.capture(factor))
    return { going: lessOrEqual(total(next), body.capture(limit)), state: [next, concat([all, reshape(total(next), [1])], 0)], collected: [power] }
  })
  state.forEach((value, i) => graph.output(`state.${i}`, value))
  collected.forEach((value) => graph.output('powers', value))
  return graph
}

describe('loop', () => {
  it('carries state, grows it, reads the graph around it and stops by itself', async () => {
    const session = await Session.open(powers(), { threads: 1 })
    const feeds = (count: number, limit: number): Map<string, HostTensor> => new Map<string, HostTensor>([
      ['x', floats([2], Float32Array.of(1, 2))], ['factor', floats([], Float32Array.of(3))], ['limit', floats([], Float32Array.of(limit))],
      ['none', floats([0])], ['count', indices([], [count])]
    ])
    const counted = await session.run(feeds(3, 1e9))
    expect(counted.get('powers')?.shape).toEqual([3, 2])
    expect([...counted.get('powers')?.data ?? []]).toEqual([1, 2, 3, 6, 9, 18])
    expect([...counted.get('state.0')?.data ?? []]).toEqual([27, 54])
    expect([...counted.get('state.1')?.data ?? []]).toEqual([9, 27, 81])
    const stopped = await session.run(feeds(100, 30))
    expect([...stopped.get('state.1')?.data ?? []]).toEqual([9, 27, 81])
    await session.close()
  })

  it('keeps what only its body reads, prints it, and has no gradient', () => {
    const graph = powers()
    expect(() => verify(graph)).not.toThrow()
    expect(printGraph(graph)).toMatch(/= Loop\(count, -, x, none\)\n {2}input loop\/iteration: i64\[\]/)
    expect(() => backward(total(graph.outputs[0] as Value), [graph.inputs[0] as Value])).toThrow(/Loop has no gradient rule/)
  })

  it('refuses bodies that read what is not there', () => {
    const graph = new Graph()
    const x = graph.input('x', [2])
    const other = new Graph().input('foreign', [2])
    const count = graph.input('count', [], 'i64')
    const { state } = loop(graph, { count, state: [{ initial: x }], taken: 'K' }, (body, _, [value]) => {
      const next = add(value ?? x, body.capture(other))
      return { going: lessOrEqual(total(next), 9), state: [next], collected: [] }
    })
    state.forEach((value) => graph.output('y', value))
    expect(() => verify(graph)).toThrow(/foreign is captured before it is written/)
    expect(() => loop(graph, { count, state: [{ initial: x }], taken: 'K' }, (body) => (
      { going: lessOrEqual(total(body.capture(x)), 9), state: [], collected: [] }
    ))).toThrow(/1 values of state, the body returns 0/)
  })
})
