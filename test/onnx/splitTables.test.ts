import { expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { Graph } from '#main/onnx/graph.ts'
import { partRows, splitTables } from '#main/onnx/splitTables.ts'
import { verify } from '#main/onnx/verify.ts'
import { DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData, floats, type HostTensor } from '#main/runtime/tensor.ts'
import { mul } from '#main/onnx/build/elementwise.ts'
import { DEFAULT_ADAMW } from '#main/train/optimizer.ts'
import { objectiveFeeds, stepTotals } from '#main/train/stepFeeds.ts'
import { gradientGraph, type TrainGraphSettings } from '#main/train/trainGraph.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from '../model/tiny.ts'

it('cuts rows into parts that fit', () => {
  expect(partRows([40, 32], 40 * 32 * 4)).toEqual([40])
  expect(partRows([40, 32], 40 * 32 * 4 - 1)).toEqual([39, 1])
  expect(partRows([40, 32], 16 * 32 * 4 + 5)).toEqual([16, 16, 8])
  expect(partRows([5000], 4)).toEqual([5000])
})

// Embedding and head tied in the one family, apart in the other: both are tables of more bytes than allowed.
it.each([['qwen2_5_vl', TINY], ['qwen2_vl', TINY2]] as const)('gives adapters of %s the same loss and gradients with the tables in parts', async (_, config) => {
  const random = Random.seeded(3)
  const samples = [randomSample(random, [randomImage(random, 2, 3)], 5, 6, 4), randomSample(random, [], 9, 6, 3)]
  const model = tinyModel(config)
  const adapter = newAdapter(config, { ...DEFAULT_LORA, rank: 4 }, Random.seeded(1))
  for (const [name, { data }] of adapter.tensors) if (name.includes('lora_B')) (data as Float32Array).forEach((__, i) => { data[i] = 0.1 * random.normal() })
  const settings: TrainGraphSettings = {
    config, tensors: new Map([...model.weights, ...adapter.tensors]), adapted: adapter, objective: { kind: 'sft' }, auxiliary: null, optimizer: DEFAULT_ADAMW,
    trained: [...adapter.tensors].map(([name, { shape }]) => ({ name, shape, decay: true }))
  }
  const batch = model.feeder.batch(samples)
  const feeds = new Map<string, HostTensor>([...settings.tensors as Map<string, HostTensor>, ...batch.feeds, ...objectiveFeeds(samples, batch, stepTotals(samples, settings), settings)])
  const graph = gradientGraph(settings)
  const { vocabSize, hiddenSize } = config.text
  const most = 4 * hiddenSize * Math.ceil(vocabSize / 3)
  const tables = graph.inputs.filter(({ shape }) => partRows(shape, most).length > 1)
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['model.embed_tokens.weight', ...(config.text.tied ? [] : ['lm_head.weight'])]))
  for (const { name, shape } of tables) {
    let from = 0
    for (const [part, count] of partRows(shape, most).entries()) {
      const width = Number(shape[1])
      feeds.set(`${name}#${part}`, floats([count, width], floatData(feeds, name).subarray(from, from + count * width)))
      from += count * width
    }
  }
  const parted = splitTables(graph, most)
  verify(parted)
  expect(parted.inputs.map(({ name }) => name)).not.toContain('model.embed_tokens.weight')
  const [whole, cut] = [await Session.open(graph, { threads: 1 }), await Session.open(parted, { threads: 1 })]
  const [expected, got] = [await whole.run(feeds), await cut.run(feeds)]
  for (const name of expected.keys()) {
    const [a, b] = [floatData(expected, name), floatData(got, name)]
    const largest = a.reduce((top, value) => Math.max(top, Math.abs(value)), 0)
    a.forEach((value, i) => expect(Math.abs(value - (b[i] ?? Number.NaN)), name).toBeLessThanOrEqual(1e-5 * largest))
  }
  await Promise.all([whole.close(), cut.close(), model.close()])
})

it('refuses a table that is changed', () => {
  const graph = new Graph()
  graph.output('y', mul(graph.input('table', [100, 4]), 2))
  expect(() => splitTables(graph, 160)).toThrow(expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('table is larger') as string }))
  expect(splitTables(graph, 1600)).toBe(graph)
})
