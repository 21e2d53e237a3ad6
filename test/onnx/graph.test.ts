import { describe, expect, it } from 'vitest'
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { reshape } from '#main/onnx/build/layout.ts'
import { gemm, linear } from '#main/onnx/build/matmul.ts'
import { broadcast, broadcastAxes, factorsOf, product, sum } from '#main/onnx/dims.ts'
import { Graph } from '#main/onnx/graph.ts'
import { printGraph } from '#main/onnx/print.ts'
import { liveNodes } from '#main/onnx/prune.ts'
import { verify } from '#main/onnx/verify.ts'
import { Session } from '#main/runtime/session.ts'
import { floats } from '#main/runtime/tensor.ts'

describe('symbolic sizes', () => {
  it('multiplies to one canonical form', () => {
    expect(product(['T', 4, 'B'])).toBe('4*B*T')
    expect(product([product([2, 'T']), product(['B', 2])])).toBe('4*B*T')
    expect(product([3, 4])).toBe(12)
    expect(product(['T', 0])).toBe(0)
  })

  it('keeps sums whole', () => {
    expect(sum(['S', 'T'])).toBe('(S+T)')
    expect(factorsOf('2*(S+T)*B')).toEqual(['2', '(S+T)', 'B'])
    expect(sum(['S', 0])).toBe('S')
    expect(sum(['S', 'S', '2*S'])).toBe('4*S')
    expect(sum([1, '2*S', 'T', 'S', 2])).toBe('(3*S+T+3)')
  })

  it('broadcasts a symbol only with itself and with one', () => {
    expect(broadcast(['B', 1, 3], [4, 1], 'x')).toEqual(['B', 4, 3])
    expect(() => broadcast(['B'], [2], 'Add')).toThrow(/Add: cannot broadcast \[B\] with \[2\]/)
    expect(broadcastAxes(['B', 4, 3], [4, 1])).toEqual([0, 2])
  })
})

describe('graph', () => {
  it('says what it expected and what it got', () => {
    const graph = new Graph()
    const x = graph.input('x', ['N', 4])
    expect(() => gemm(x, graph.input('w', [5, 6]))).toThrow(/Gemm\(f32\[N, 4\], f32\[5, 6\]\): expected inner size 4, got 5/)
    expect(() => add(x, graph.input('i', ['N', 4], 'i64'))).toThrow(/expected dtype f32, got i64/)
    expect(() => reshape(x, ['N', 5])).toThrow(/element count 4\*N, got 5\*N/)
    expect(() => graph.input('x', [1])).toThrow(/two inputs are called x/)
  })

  it('leaves out nodes no output needs', () => {
    const graph = new Graph()
    const x = graph.input('x', [2])
    mul(x, 3)
    graph.output('y', add(x, 1))
    expect(liveNodes(graph).map((node) => node.op)).toEqual(['Add'])
    expect(printGraph(graph)).toContain('y: f32[2] = Add(x, ')
  })

  it('refuses values read before they are written', () => {
    const graph = new Graph()
    const x = graph.input('x', [2])
    graph.output('y', add(add(x, 1), 2))
    graph.nodes.reverse()
    expect(() => verify(graph)).toThrow(/before it is written/)
  })

  it('refuses two values of one name', () => {
    const graph = new Graph()
    const x = graph.input('x', [2])
    graph.output('y', add(x, 1))
    graph.output('y', add(x, 2))
    expect(() => verify(graph)).toThrow(/two values are called y/)
  })

  it('runs one session at several sizes', async () => {
    const graph = new Graph()
    const x = graph.input('x', ['B', 'T', 2])
    const w = graph.input('w', [3, 2])
    const rows = linear(reshape(x, ['B*T', 2]), w)
    graph.output('y', reshape(rows, ['B', 'T', 3]))
    const session = await Session.open(graph, { threads: 1 })
    for (const [b, t] of [[1, 1], [2, 3], [4, 2]] as const) {
      const feeds = new Map([['x', floats([b, t, 2], new Float32Array(b * t * 2).fill(1))], ['w', floats([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))]])
      const y = (await session.run(feeds)).get('y')
      expect(y?.shape).toEqual([b, t, 3])
      expect(Array.from((y?.data as Float32Array | undefined)?.slice(-3) ?? [])).toEqual([3, 7, 11])
    }
    await expect(session.run(new Map())).rejects.toThrow(/input x was not given/)
    await session.close()
  })
})
