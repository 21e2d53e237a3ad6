/**
 * Where the kernels of a training step, of scoring and of writing ran, by the runtime's own profile of every session. Prints how many
 * nodes ran on the device, and those that held real numbers on the CPU.
 */
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Random } from '#shared/domain/random.ts'
import { add } from '#main/onnx/build/elementwise.ts'
import { integers } from '#main/onnx/build/layout.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Decoder } from '#main/model/decoder.ts'
import { DEFAULT_LORA } from '#main/model/lora.ts'
import { Session, type SessionSettings } from '#main/runtime/session.ts'
import { parametersOf } from '#main/model/families/parameters.ts'
import { DEFAULT_ADAMW } from '#main/train/optimizer.ts'
import { Trainer } from '#main/train/step.ts'
import { applyGraph, normGraph, sumGraph } from '#main/train/trainGraph.ts'
import { randomImage, randomSample, TINY, tinyModel } from '../../model/tiny.ts'
import { answer } from './driver.ts'

const folder = await mkdtemp(join(tmpdir(), 'sightline-profile-'))
const Profile = z.array(z.object({
  name: z.string(), args: z.object({ provider: z.string().optional(), input_type_shape: z.array(z.record(z.string(), z.unknown())).optional(), output_type_shape: z.array(z.record(z.string(), z.unknown())).optional() }).optional()
}))

async function refusal(graph: Graph): Promise<string> {
  return await Session.open(graph, { device: 'webgpu', wholly: true }).then(async (session) => {
    await session.close()
    return ''
  }, (error: unknown) => (error as Error).message)
}

const optimizer = { config: TINY, objective: { kind: 'sft' }, auxiliary: null, optimizer: DEFAULT_ADAMW, tensors: tinyModel(TINY).weights, trained: parametersOf(TINY) } as const
const counting = new Graph()
counting.output('y', add(counting.input('x', [2], 'i64'), integers(counting, [1, 2])))
const refusals = {
  apply: await refusal(applyGraph(optimizer, true)), norm: await refusal(normGraph(optimizer)), sum: await refusal(sumGraph(optimizer)), counting: await refusal(counting)
}

const open = Session.open.bind(Session)
let sessions = 0
Session.open = (graph: Graph, settings: SessionSettings = {}) => open(graph, { ...settings, profile: join(folder, `session-${sessions++}`) })

const random = Random.seeded(5)
const samples = [1, 2].map((rows) => randomSample(random, [randomImage(random, rows, 3, TINY)], 4, 5, 4, TINY))
for (const trainable of ['all', { lora: { ...DEFAULT_LORA, rank: 4, dropout: 0.1 } }] as const) {
  const model = tinyModel(TINY, 1, { device: 'webgpu' })
  await new Trainer(model, { trainable, objective: { kind: 'sft' }, maxTokens: 1, recompute: trainable !== 'all' }).step(samples, { learningRate: 1e-3 })
  await model.logProbs(samples)
  const decoder = new Decoder(model)
  const sequence = decoder.open()
  for (const temperature of [0, 1]) {
    await decoder.extend([{ sequence, ids: samples[0]?.ids ?? [], images: samples[0]?.images ?? [] }])
    await decoder.generate([{ sequence, seed: 1, maxNewTokens: 4 }], { temperature, topK: 0, topP: 1, bannedIds: new Set(), stopIds: new Set() })
  }
  decoder.close(sequence)
  await model.close()
}

let onDevice = 0
const onCpu: string[] = []
for (const file of await readdir(folder)) {
  for (const { name, args } of Profile.parse(JSON.parse(await readFile(join(folder, file), 'utf8')))) {
    const types = [...args?.input_type_shape ?? [], ...args?.output_type_shape ?? []].flatMap((tensor) => Object.keys(tensor))
    if (args?.provider === 'WebGpuExecutionProvider') onDevice++
    if (args?.provider === 'CPUExecutionProvider' && types.some((type) => type.startsWith('float'))) onCpu.push(`${file} ${name} ${JSON.stringify(args.input_type_shape)}`)
  }
}
answer({ refusals, sessions, onDevice, onCpu })
