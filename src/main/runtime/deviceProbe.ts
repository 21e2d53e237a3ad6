import type { DeviceFacts, DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import { attention } from '#main/onnx/build/attention.ts'
import { cast, mul } from '#main/onnx/build/elementwise.ts'
import { expand, reshape, split, transpose } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { Session } from './session.ts'
import { floatData, floats, type HostTensor } from './tensor.ts'

/** One question to the adapter; each runs on its own, so that a crash costs only the answers after it. */
export interface DeviceCheck {
  readonly name: string
  /** Takes minutes on a software adapter, which nobody would choose. */
  readonly onlyFast?: boolean
  run(): Promise<Partial<DeviceFacts>>
}

/** Sides and number of the products whose speed is measured, and how long a chain of them must take to be believed. */
const SMALLEST_SIDE = 64
const LARGEST_SIDE = 2048
const CHAIN = 8
const REPEATS = 3
const ENOUGH_SECONDS = 0.05
/** Terms of a sum that float16 cannot hold to a tenth. */
const TERMS = 8192
const QUERY_ROWS = [20, 40, 80, 160, 200]
const LARGEST_BUFFER = 2 ** 31
const HEADS = 2
const HEAD_SIZE = 16

/** The checks in order: what decides comes first, what only an adapter worth using is asked comes last. */
export const DEVICE_CHECKS: readonly DeviceCheck[] = [
  { name: 'float32 product', run: async () => ({ float32: await agrees(productGraph('f32')) }) },
  { name: 'speed of products', run: async () => ({ gigaflops: await productSpeed('webgpu'), cpuGigaflops: await productSpeed('cpu') }) },
  { name: 'float16 storage', run: async () => ({ float16Storage: await float16Storage() }) },
  { name: 'float16 accumulation', run: async () => ({ float16Accumulation: await float16Accumulation() }) },
  { name: 'fused attention', onlyFast: true, run: async () => ({ fusedAttentionWrongAt: await fusedAttentionWrongAt() }) },
  { name: 'largest buffer', onlyFast: true, run: async () => ({ largestBufferBytes: await largestBuffer() }) }
]

async function runOn(device: DeviceName, graph: Graph, feeds: ReadonlyMap<string, HostTensor>): Promise<Float32Array> {
  const session = await Session.open(graph, { device })
  try {
    return floatData(await session.run(feeds), 'y')
  } finally {
    await session.close()
  }
}

function productGraph(type: 'f32' | 'f16'): Graph {
  const graph = new Graph()
  const [a, b] = [cast(graph.input('a', ['M', 'K']), type), cast(graph.input('b', ['K', 'N']), type)]
  graph.output('y', cast(matmul(a, b), 'f32'))
  return graph
}

function randomFeeds(shapes: Readonly<Record<string, readonly number[]>>): Map<string, HostTensor> {
  const random = Random.seeded(1, 'device probe')
  return new Map(Object.entries(shapes).map(([name, shape]) => {
    const value = floats(shape)
    for (let i = 0; i < value.data.length; i++) value.data[i] = random.normal()
    return [name, value]
  }))
}

async function agrees(graph: Graph): Promise<boolean> {
  const feeds = randomFeeds({ a: [37, 64], b: [64, 50] })
  return largestDifference(await runOn('webgpu', graph, feeds), await runOn('cpu', graph, feeds)) < 1e-3
}

/** The best rate of chains of growing products: small ones on a slow device, large ones where those take no time. */
async function productSpeed(device: DeviceName): Promise<number> {
  let best = 0
  for (let side = SMALLEST_SIDE; side <= LARGEST_SIDE; side *= 2) {
    const seconds = await chainSeconds(device, side)
    best = Math.max(best, CHAIN * 2 * side ** 3 / 1e9 / seconds)
    if (seconds > ENOUGH_SECONDS) break
  }
  return best
}

/** Median time of a chain of products of square matrices, of which one row comes back. */
async function chainSeconds(device: DeviceName, side: number): Promise<number> {
  const graph = new Graph()
  const [x, w] = [graph.input('x', [side, side]), graph.input('w', [side, side])]
  let y: Value = x
  for (let i = 0; i < CHAIN; i++) y = matmul(y, w)
  graph.output('y', split(y, [1, side - 1], 0)[0] as Value)
  const feeds = randomFeeds({ x: [side, side], w: [side, side] })
  const session = await Session.open(graph, { device })
  await session.run(feeds)
  const seconds: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    const began = performance.now()
    await session.run(feeds)
    seconds.push((performance.now() - began) / 1000)
  }
  await session.close()
  return seconds.sort((a, b) => a - b)[REPEATS >> 1] ?? Infinity
}

async function float16Storage(): Promise<boolean> {
  const graph = new Graph()
  const half = mul(cast(graph.input('x', [4]), 'f16'), cast(graph.input('one', [4]), 'f16'))
  graph.output('y', cast(half, 'f32'))
  const feeds = new Map([['x', floats([4], Float32Array.of(0.5, -1.25, 1000, 2 ** -14))], ['one', floats([4], new Float32Array(4).fill(1))]])
  return largestDifference(await runOn('webgpu', graph, feeds), floatData(feeds, 'x')) === 0
}

async function float16Accumulation(): Promise<boolean> {
  const feeds = new Map([['a', floats([4, TERMS], new Float32Array(4 * TERMS).fill(0.1))], ['b', floats([TERMS, 4], new Float32Array(4 * TERMS).fill(0.1))]])
  const [sum = 0] = await runOn('webgpu', productGraph('f16'), feeds)
  return Math.abs(sum - TERMS * 0.01) < 0.5
}

/** Prefill of the fused kernel against the attention that is spelled out, on the CPU. */
export async function fusedAttentionWrongAt(allRows: readonly number[] = QUERY_ROWS): Promise<number[]> {
  const wrong: number[] = []
  for (const rows of allRows) {
    const flat = [1, rows, HEADS * HEAD_SIZE]
    const fused = new Graph()
    const attributes = { num_heads: { int: HEADS } }
    fused.output('y', fused.one('MultiHeadAttention', ['q', 'k', 'v'].map((name) => fused.input(name, flat)), { attributes }))
    const feeds = randomFeeds({ q: flat, k: flat, v: flat })
    const expected = await runOn('cpu', plainAttention(rows), feeds)
    if (!(largestDifference(await runOn('webgpu', fused, feeds), expected) < 1e-3)) wrong.push(rows)
  }
  return wrong
}

function plainAttention(rows: number): Graph {
  const graph = new Graph()
  const heads = (name: string): Value => transpose(reshape(graph.input(name, [1, rows, HEADS * HEAD_SIZE]), [1, rows, HEADS, HEAD_SIZE]), [0, 2, 1, 3])
  const out = attention(heads('q'), heads('k'), heads('v'), null, 1 / Math.sqrt(HEAD_SIZE))
  graph.output('y', reshape(transpose(out, [0, 2, 1, 3]), [1, rows, HEADS * HEAD_SIZE]))
  return graph
}

/** Doubles a buffer until the adapter refuses; the last one that worked. */
async function largestBuffer(): Promise<number> {
  let largest = 0
  for (let bytes = 2 ** 26; bytes <= LARGEST_BUFFER; bytes *= 2) {
    const graph = new Graph()
    const rows = bytes / 4 / 1024
    const filled = expand(graph.input('x', [1, 1024]), [rows, 1024])
    graph.output('y', split(filled, [1, rows - 1], 0)[0] as Value)
    try {
      await runOn('webgpu', graph, new Map([['x', floats([1, 1024])]]))
    } catch (error) {
      if (error instanceof SightlineError && error.code === 'device') break
      throw error
    }
    largest = bytes
  }
  return largest
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}
