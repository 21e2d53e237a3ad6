/**
 * One decoder block and one vision block of Qwen2-VL-2B at their real sizes, random float32 weights, forward and backward with adapters of
 * rank 16 on frozen weights, as a block-wise run would take them one after another. Run: node test/bench/realShape.ts [tokens] [threads]
 */
import { Random } from '#shared/domain/random.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { backward } from '#main/autodiff/backward.ts'
import { readConfig } from '#main/model/config.ts'
import { parametersOf } from '#main/model/families/parameters.ts'
import { decoderBlock } from '#main/model/families/text.ts'
import { visionBlock } from '#main/model/families/vision.ts'
import { linearModules } from '#main/model/lora.ts'
import { type AdaptedModules, loraA, loraB, type Weights, weightInputs } from '#main/model/weights.ts'
import { attention } from '#main/onnx/build/attention.ts'
import { mul } from '#main/onnx/build/elementwise.ts'
import { reshape, transpose } from '#main/onnx/build/layout.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { Session } from '#main/runtime/session.ts'
import { elementCount, floats, type HostTensor, indices } from '#main/runtime/tensor.ts'

const RANK = 16
const [tokens, threads] = [1024, 2].map((fallback, i) => Number(process.argv[2 + i] ?? fallback)) as [number, number]
const config = readConfig(JSON.parse(await readFile(join(import.meta.dirname, '../fixtures/configs/qwen2_vl.released2b.json'), 'utf8')))
const random = Random.seeded(1)
const { text, vision } = config

await measure('decoder block', 'model.layers.0.', (graph, weights) => {
  const x = graph.input('x', [tokens, text.hiddenSize])
  const angles = { cos: graph.input('cos', [tokens, text.headDim / 2]), sin: graph.input('sin', [tokens, text.headDim / 2]) }
  const causal = graph.input('causal', [tokens, tokens])
  const heads = (rows: Value, count: number): Value => transpose(reshape(rows, [1, tokens, count, text.headDim]), [0, 2, 1, 3])
  return decoderBlock(x, 0, text, weights, angles, (q, k, v) => {
    const mixed = attention(heads(q, text.heads), heads(k, text.kvHeads), heads(v, text.kvHeads), causal, text.headDim ** -0.5)
    return reshape(transpose(mixed, [0, 2, 1, 3]), [tokens, text.heads * text.headDim])
  })
})
await measure('vision block', 'visual.blocks.0.', (graph, weights) => {
  const x = graph.input('x', [tokens, vision.width])
  const half = vision.width / vision.heads / 2
  const angles = { cos: graph.input('cos', [tokens, half]), sin: graph.input('sin', [tokens, half]) }
  const segments = { index: graph.input('index', [1, tokens], 'i64'), inverse: graph.input('inverse', [tokens], 'i64'), bias: graph.input('bias', [1, 1, 1, tokens]) }
  return visionBlock(x, 'visual.blocks.0', vision, weights, angles, segments)
})

async function measure(name: string, prefix: string, build: (graph: Graph, weights: Weights) => Value): Promise<void> {
  const { tensors, adapted, bytes } = blockWeights(prefix)
  const graph = new Graph()
  const y = build(graph, weightInputs(graph, tensors, adapted))
  const x = graph.inputs.find((input) => input.name === 'x') as Value
  const trained = graph.inputs.filter((input) => input.name.includes('.lora_'))
  const gradients = backward(total(mul(y, graph.input('dy', y.shape))), [x, ...trained])
  graph.output('y', y)
  gradients.forEach((gradient, i) => graph.output(`d${i}`, gradient))
  const session = await Session.open(graph, { threads })
  const feeds = new Map<string, HostTensor>(tensors)
  for (const { name: input, shape, dtype } of graph.inputs) if (!feeds.has(input)) feeds.set(input, fed(input, shape.map(Number), dtype === 'i64'))
  const times = { forward: await median(() => session.run(feeds, ['y'])), both: await median(() => session.run(feeds, graph.outputs.map((output) => output.name))) }
  await session.close()
  const peak = process.resourceUsage().maxRSS / 1024
  console.log(`${name}: ${tokens} rows, ${(bytes / 2 ** 20).toFixed(0)} MiB of weights, forward ${times.forward.toFixed(0)} ms, forward and backward ${times.both.toFixed(0)} ms, peak RSS so far ${peak.toFixed(0)} MiB`)
}

function blockWeights(prefix: string): { tensors: Map<string, HostTensor>; adapted: AdaptedModules; bytes: number } {
  const tensors = new Map<string, HostTensor>()
  for (const { name, shape } of parametersOf(config)) if (name.startsWith(prefix)) tensors.set(name, noise(shape, 1 / Math.sqrt(shape[1] ?? 1)))
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
  const scales = new Map<string, number>()
  for (const module of linearModules(config)) {
    if (!module.name.startsWith(prefix)) continue
    scales.set(module.name, 2)
    tensors.set(loraA(module.name), noise([RANK, module.in], 0.01)).set(loraB(module.name), noise([module.out, RANK], 0.01))
  }
  return { tensors, adapted: { scales, dropout: 0 }, bytes }
}

/** Cheap noise: a short random pattern, repeated out of step with any row. */
function noise(shape: readonly number[], deviation: number): HostTensor {
  const pattern = Float32Array.from({ length: 8191 }, () => deviation * random.normal())
  const value = floats(shape)
  for (let i = 0; i < value.data.length; i++) value.data[i] = pattern[i % pattern.length] as number
  return value
}

function fed(name: string, shape: readonly number[], whole: boolean): HostTensor {
  if (whole) return indices(shape, Array.from({ length: elementCount(shape) }, (_, i) => i))
  if (name === 'cos') return floats(shape, new Float32Array(elementCount(shape)).fill(1))
  if (name === 'x' || name === 'dy') return noise(shape, 1)
  const value = floats(shape)
  if (name === 'causal') for (let t = 0; t < tokens; t++) value.data.fill(-1e9, t * tokens + t + 1, (t + 1) * tokens)
  return value
}

async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 4; i++) {
    const began = performance.now()
    await run()
    if (i > 0) times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[1] ?? Number.NaN
}
