import { expect, it } from 'vitest'
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Session } from '#main/runtime/session.ts'
import { SessionCache } from '#main/runtime/sessionCache.ts'
import { floatData, floats, indices, tensor } from '#main/runtime/tensor.ts'

function plus(amount: number): Graph {
  const graph = new Graph()
  const x = graph.input('x', ['N'])
  graph.output('y', add(x, amount))
  graph.output('z', mul(x, amount))
  return graph
}

it('runs with more feeds than inputs and copies back only what is asked for', async () => {
  const session = await Session.open(plus(2), { threads: 1 })
  const feeds = new Map([['x', floats([2], Float32Array.of(1, 5))], ['unused', floats([1])]])
  const outputs = await session.run(feeds, ['y'])
  expect([...outputs.keys()]).toEqual(['y'])
  expect([...floatData(outputs, 'y')]).toEqual([3, 7])
  await session.close()
})

it('reads a tensor again after its data changed in place', async () => {
  const session = await Session.open(plus(1), { threads: 1 })
  const x = floats([1], Float32Array.of(1))
  const feeds = new Map([['x', x]])
  await session.run(feeds)
  x.data[0] = 41
  expect(floatData(await session.run(feeds), 'y')[0]).toBe(42)
  await session.close()
})

it('names what it was not given, and what does not fit', async () => {
  const graph = new Graph()
  graph.output('y', linear(graph.input('x', ['N', 2]), graph.input('w', [3, 2])))
  const session = await Session.open(graph, { threads: 1 })
  await expect(session.run(new Map())).rejects.toMatchObject({ code: 'bad_graph', message: expect.stringContaining('input x was not given') })
  const wrong = new Map([['x', floats([1, 5])], ['w', floats([3, 2])]])
  await expect(session.run(wrong)).rejects.toMatchObject({ code: 'bad_graph', message: expect.stringContaining('the run failed') })
  await session.close()
})

it('refuses data that do not fill a shape', () => {
  expect(() => tensor('f32', [2, 2], new Float32Array(3))).toThrow(/tensor \[2, 2\] needs 4 elements, got 3/)
  expect(() => floatData(new Map([['i', indices([1], [1])]]), 'i')).toThrow(/i is i64, not f32/)
  expect(() => floatData(new Map(), 'w')).toThrow(/there is no tensor w/)
})

it('keeps the sessions used last, and forgets a build that failed', async () => {
  const cache = new SessionCache({ threads: 1 }, 2)
  let builds = 0
  const get = (amount: number): Promise<Session> =>
    cache.get(String(amount), () => {
      builds++
      return plus(amount)
    })
  const first = await get(1)
  await get(2)
  expect(await get(1)).toBe(first)
  await get(3)
  expect(builds).toBe(3)
  expect(await get(1)).toBe(first)
  await get(2)
  expect(builds).toBe(4)
  const failing = (): Graph => {
    throw new TypeError('no graph')
  }
  await expect(cache.get('bad', failing)).rejects.toThrow('no graph')
  await cache.get('bad', () => plus(4))
  await cache.close()
})
