import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Policy } from '#main/model/policy.ts'
import { logitsGraph } from '#main/model/sequenceGraph.ts'
import { weightInputs } from '#main/model/weights.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData } from '#main/runtime/tensor.ts'
import { Random } from '#shared/domain/random.ts'
import { randomImage, randomSample } from '../model/tiny.ts'
import { learntProject, runOnce, type StageOutcome } from './loraProject.ts'
import type { TinyProject } from './tinyProject.ts'

const LORA = { loraRank: 4, loraAlpha: 16, loraDropout: 0.1, trainVision: true, learningRate: 5e-3, warmupRatio: 0 }
const SFT = { ...LORA, batchSize: 3, epochs: 1.5 }
const RL = { ...LORA, steps: 3, promptsPerStep: 1, groupSize: 6, temperature: 1.2 }

/** Every stage with adapters; a new stage is one more row. */
const STAGES: readonly { name: string; stage: string; config: Readonly<Record<string, unknown>> }[] = [
  { name: 'coldStart', stage: 'coldStart', config: { ...SFT, recompute: true } },
  { name: 'answerSft', stage: 'answerSft', config: { ...SFT, loraTargets: 'attention' } },
  { name: 'reflective', stage: 'reflective', config: { ...SFT, batchSize: 2, loraTargets: 'queryValue', samplesPerItem: 4, items: 6, keepPerItem: 1, temperature: 0.8 } },
  // Without dropout, so that the training graph's first step shows the start itself.
  { name: 'grpo', stage: 'grpo', config: { ...RL, loraDropout: 0 } },
  { name: 'grpo-kl', stage: 'grpo', config: { ...RL, klBeta: 0.1, trainVision: false } },
  { name: 'dpo', stage: 'dpo', config: { ...LORA, batchSize: 2, epochs: 1, pairs: 'paths' } }
]

describe.each(['qwen2_vl', 'qwen2_5_vl'] as const)('adapters on an imported %s', (family) => {
  let project: TinyProject
  const outcomes = new Map<string, StageOutcome>()
  beforeAll(async () => {
    project = await learntProject(family)
  })
  afterAll(async () => {
    await rm(project.folder, { recursive: true })
  })

  it.each(STAGES)('$name: killed and resumed, it goes on to the same numbers to the last digit', async ({ name, stage, config }) => {
    const whole = await runOnce(project, name, { stage, config })
    outcomes.set(name, whole)
    const steps = whole.result?.steps ?? 0
    expect([...whole.numbers.keys()]).toEqual(Array.from({ length: steps }, (_, i) => i + 1))
    expect(steps).toBeGreaterThan(1)
    expect([...whole.numbers.values()].some(({ gradNorm }) => (gradNorm ?? 0) > 1e-3)).toBe(true)
    const first = await runOnce(project, `${name}-again`, { stage, config }, { killAt: 2 })
    expect([first.result, [...first.numbers.keys()]]).toEqual([null, [1]])
    const second = await runOnce(project, `${name}-again`, { stage, config }, { from: first })
    expect(second.numbers).toEqual(whole.numbers)
    expect(second.result).toEqual(whole.result)
    expect(second.checkpoint?.hash).toBe(whole.checkpoint?.hash)
  })

  it.each(STAGES)('$name: its checkpoint is plain, and the base with the adapter inside it', async ({ name, config }) => {
    const folder = join(project.folder, outcomes.get(name)?.checkpoint?.folder ?? '')
    const [plain, adapted] = [await Policy.open(folder, { threads: 1 }), await Policy.open(join(project.folder, project.checkpoint.folder), { threads: 1 })]
    const before = await logits(adapted)
    await adapted.loadAdapter(join(folder, 'adapter'))
    expect(JSON.parse(await readFile(join(folder, 'adapter/adapter_config.json'), 'utf8'))).toMatchObject({ peft_type: 'LORA', r: 4, lora_alpha: 16, lora_dropout: config['loraDropout'] })
    expect(plain.adapter).toBeNull()
    const merged = await adapted.mergedOnHost()
    for (const [tensor, { data }] of plain.weights) expect([tensor, Buffer.compare(bytes(data), bytes(merged.get(tensor)?.data))]).toEqual([tensor, 0])
    const [own, beside] = [await logits(plain), await logits(adapted)]
    expect(furthest(own, beside)).toBeLessThan(1e-5)
    expect(furthest(own, before)).toBeGreaterThan(1e-3)
    await Promise.all([plain.close(), adapted.close()])
  })

  it('holds a following run to its own start, whether that is a merged checkpoint or a base with an adapter on it', async () => {
    const checkpoint = outcomes.get('grpo')?.checkpoint as Checkpoint
    const kl = ({ numbers }: StageOutcome): (number | undefined)[] => [...numbers.values()].map((values) => values['kl'])
    const settings = { stage: 'grpo', config: { ...RL, loraDropout: 0, steps: 2, klBeta: 0.1, learningRate: 0.02 } }
    const following = await runOnce({ ...project, checkpoint }, 'following', settings)
    const prepare = (policy: Policy): Promise<void> => policy.loadAdapter(join(project.folder, checkpoint.folder, 'adapter'))
    const whole = await runOnce(project, 'adapted', settings, { prepare })
    for (const outcome of [following, whole]) {
      expect(kl(outcome)[0]).toBeLessThan(1e-7)
      expect(kl(outcome)[1]).toBeGreaterThan(1e-5)
    }
    const first = await runOnce(project, 'adapted-again', settings, { prepare, killAt: 2 })
    expect((await runOnce(project, 'adapted-again', settings, { prepare, from: first })).numbers).toEqual(whole.numbers)
  })
})

/** Logits of a fixed sequence with a picture, an adapter beside the weights and without dropout. */
async function logits(policy: Policy): Promise<Float32Array> {
  const { adapter, config, weights } = policy
  const random = Random.seeded(7, 'logits')
  const sample = randomSample(random, [randomImage(random, 2, 3, config)], 4, 8, 1, config)
  const tensors = new Map([...weights, ...(adapter?.tensors ?? [])])
  const graph = new Graph()
  graph.output('logits', logitsGraph(graph, config, weightInputs(graph, tensors, adapter && { ...adapter, dropout: 0 })))
  const session = await Session.open(graph, { threads: 1 })
  const values = floatData(await session.run(new Map([...tensors, ...policy.feeder.batch([sample]).feeds])), 'logits')
  await session.close()
  return values.subarray(0, sample.ids.length * config.text.vocabSize)
}

/** Largest difference, relative to the largest value. */
function furthest(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0) / scale
}

function bytes(data: ArrayBufferView | undefined): Uint8Array {
  return data === undefined ? new Uint8Array() : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
