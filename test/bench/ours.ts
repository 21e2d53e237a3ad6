/** Our side of compare.ts: answers the requests of protocol.ts, one a line. */
import { createInterface } from 'node:readline'
import { gemm } from '#main/onnx/build/matmul.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Policy } from '#main/model/policy.ts'
import { Session } from '#main/runtime/session.ts'
import { floats } from '#main/runtime/tensor.ts'
import { Trainer } from '#main/train/step.ts'
import { readInputs } from './inputs.ts'
import type { BenchAnswer, BenchChoice, BenchRequest } from './protocol.ts'

const RULES: Readonly<Record<BenchChoice, { temperature: number; topK: number; topP: number }>> = {
  greedy: { temperature: 0, topK: 0, topP: 1 }, sampled: { temperature: 1, topK: 0, topP: 1 }, 'top-k 50, top-p 0.9': { temperature: 1, topK: 50, topP: 0.9 }
}

interface Bench {
  threads: number
  policy: Policy | null
  trainer: Trainer | null
}

const bench: Bench = { threads: 1, policy: null, trainer: null }

async function answer(request: BenchRequest): Promise<Omit<BenchAnswer, 'peakMiB'>> {
  if (request.do === 'sgemm') return await products(request)
  if (request.do === 'open') {
    bench.threads = request.threads
    bench.policy = await Policy.open(request.folder, { threads: request.threads })
    return { seconds: 0 }
  }
  const { policy } = bench
  if (!policy) throw new RangeError('open a model first')
  const samples = await readInputs(request.inputs, policy.config)
  const began = performance.now()
  const since = (): number => (performance.now() - began) / 1000
  if (request.do === 'train') {
    bench.trainer ??= new Trainer(policy, { trainable: 'all', objective: { kind: 'sft' } })
    const { loss } = await bench.trainer.step(samples, { learningRate: request.learningRate })
    return { seconds: since(), loss }
  }
  const decoder = policy.decoder()
  const requests = samples.map((sample, seed) => ({ ...sample, sequence: decoder.open(), seed, maxNewTokens: request.tokens }))
  await decoder.extend(requests)
  const { ids } = policy.config
  const rule = { ...RULES[request.choice], bannedIds: new Set([ids.imagePad, ids.videoPad, ids.visionStart, ids.visionEnd, ...ids.eos]), stopIds: new Set<number>() }
  const written = await decoder.generate(requests, rule)
  return { seconds: since(), ids: written.map((row) => row.ids) }
}

async function products({ size, repeats }: { size: number; repeats: number }): Promise<{ seconds: number }> {
  const graph = new Graph()
  graph.output('sum', total(gemm(graph.input('a', [size, size]), graph.input('b', [size, size]))))
  const session = await Session.open(graph, { threads: bench.threads })
  const square = (): ReturnType<typeof floats> => floats([size, size], new Float32Array(size * size).fill(0.5))
  const feeds = new Map([['a', square()], ['b', square()]])
  await session.run(feeds)
  const began = performance.now()
  for (let i = 0; i < repeats; i++) await session.run(feeds)
  const seconds = (performance.now() - began) / 1000 / repeats
  await session.close()
  return { seconds }
}

for await (const line of createInterface({ input: process.stdin })) {
  const found = await answer(JSON.parse(line) as BenchRequest)
  console.log(JSON.stringify({ ...found, peakMiB: process.resourceUsage().maxRSS / 1024 }))
}
await bench.policy?.close()
