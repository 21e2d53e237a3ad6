/**
 * Products with a matrix of Qwen2-VL-2B's MLP: in float32, in 4 bits held by the graph (how a model writes), in 4 bits fed to every run, and
 * unpacked by ourselves and fed as float32 (how blocks learn).
 * Run: node test/bench/fourBits.ts [--threads 2] [--repeats 15]
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Random } from '#shared/domain/random.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { BLOCK_VALUES, quantizedLinear } from '#main/onnx/build/quantized.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { dequantizeInto } from '#main/runtime/quantizedTensor.ts'
import { Session } from '#main/runtime/session.ts'
import { floats, type HostTensor, tensor } from '#main/runtime/tensor.ts'
import { median } from './median.ts'

const { values } = parseArgs({ options: { threads: { type: 'string', default: '2' }, repeats: { type: 'string', default: '15' } } })
const [threads, repeats] = [Number(values.threads), Number(values.repeats)]
const [OUT, IN] = [8960, 1536]
const BLOCKS = IN / BLOCK_VALUES
const random = Random.seeded(1)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(0, 255))
const parts = {
  packed: tensor('u8', [OUT, BLOCKS, BLOCK_VALUES / 2], bytes((OUT * IN) / 2)),
  scales: floats([OUT, BLOCKS], new Float32Array(OUT * BLOCKS).fill(0.01)),
  zeroPoints: tensor('u8', [OUT, BLOCKS / 2], bytes((OUT * BLOCKS) / 2))
}
const wide = floats([OUT, IN])

type Kind = 'float32' | 'held' | 'fed' | 'unpacked'

function product(kind: Kind): Graph {
  const graph = new Graph()
  const x = graph.input('x', ['M', IN])
  const part = (name: keyof typeof parts): Value => {
    const { dtype, shape, data } = parts[name]
    return kind === 'held' ? graph.constant(name, dtype, shape, () => data) : graph.input(name, shape, dtype)
  }
  graph.output('y', kind === 'held' || kind === 'fed'
    ? quantizedLinear(x, { packed: part('packed'), scales: part('scales'), zeroPoints: part('zeroPoints') })
    : linear(x, graph.input('wide', [OUT, IN])))
  return graph
}

async function milliseconds(kind: Kind, rows: number): Promise<number> {
  const session = await Session.open(product(kind), { threads })
  const feeds = new Map<string, HostTensor>([...Object.entries(parts), ['wide', wide], ['x', floats([rows, IN], new Float32Array(rows * IN).fill(0.3))]])
  const times: number[] = []
  for (let i = -2; i < repeats; i++) {
    const began = performance.now()
    if (kind === 'unpacked') dequantizeInto(wide.data, parts.packed.data, parts.scales.data, parts.zeroPoints.data)
    await session.run(feeds)
    if (i >= 0) times.push(performance.now() - began)
  }
  await session.close()
  return median(times)
}

console.log(`${cpus()[0]?.model}, ${threads} threads, medians of ${repeats} in ms; load average ${loadavg().map((load) => load.toFixed(2)).join(' ')}`)
console.log('| rows | float32 | 4 bits, held | 4 bits, fed | 4 bits, unpacked by ourselves |\n|---|---|---|---|---|')
for (const rows of [1, 8, 64, 512]) {
  const row: number[] = []
  for (const kind of ['float32', 'held', 'fed', 'unpacked'] as const) row.push(await milliseconds(kind, rows))
  console.log(`| ${[rows, ...row.map((time) => time.toFixed(1))].join(' | ')} |`)
}
