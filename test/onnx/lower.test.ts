import { expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { concat, split } from '#main/onnx/build/layout.ts'
import { Graph } from '#main/onnx/graph.ts'
import { verify } from '#main/onnx/verify.ts'
import { forWebGpu } from '#main/onnx/webgpu.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData, floats } from '#main/runtime/tensor.ts'
import { DEFAULT_ADAMW } from '#main/train/optimizer.ts'
import { objectiveFeeds, stepTotals } from '#main/train/stepFeeds.ts'
import { gradientGraph, type TrainGraphSettings } from '#main/train/trainGraph.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from '../model/tiny.ts'

it.each([['qwen2_5_vl', TINY], ['qwen2_vl', TINY2]] as const)('spells a training graph of %s in other operations with the same gradients', async (_, config) => {
  const random = Random.seeded(3)
  const samples = [randomSample(random, [randomImage(random, 2, 3)], 5, 6, 4), randomSample(random, [], 9, 6, 3)]
  const model = tinyModel(config)
  const settings: TrainGraphSettings = {
    config, tensors: model.weights, trained: [...model.weights].map(([name, { shape }]) => ({ name, shape, decay: true })),
    objective: { kind: 'sft' }, auxiliary: null, optimizer: DEFAULT_ADAMW
  }
  const batch = model.feeder.batch(samples)
  const feeds = new Map([...model.weights, ...batch.feeds, ...objectiveFeeds(samples, batch, stepTotals(samples, settings), settings)])
  const graph = gradientGraph(settings)
  const lowered = forWebGpu(graph)
  verify(lowered)
  expect(lowered.nodes.map(({ op }) => op)).not.toEqual(expect.arrayContaining(['FusedMatMul']))
  expect(lowered.inputs.map(({ name }) => name)).toEqual(graph.inputs.map(({ name }) => name))

  const [plain, spelled] = [await Session.open(graph, { threads: 1 }), await Session.open(lowered, { threads: 1 })]
  const [expected, got] = [await plain.run(feeds), await spelled.run(feeds)]
  for (const name of expected.keys()) {
    const [a, b] = [floatData(expected, name), floatData(got, name)]
    const largest = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    a.forEach((value, i) => expect(Math.abs(value - (b[i] ?? Number.NaN)), name).toBeLessThanOrEqual(1e-4 * largest))
  }
  await Promise.all([plain.close(), spelled.close(), model.close()])
})

it('cuts and joins many parts a few at a time, since a device binds few buffers to a shader', async () => {
  const graph = new Graph()
  const sizes = Array.from({ length: 40 }, (_, i) => 1 + (i % 3))
  const parts = split(graph.input('x', [2, 80]), [...sizes, 1], 1)
  graph.output('y', concat(parts.slice(0, 40).reverse(), 1))
  const lowered = forWebGpu(graph)
  verify(lowered)
  const most = Math.max(...lowered.nodes.map(({ inputs, outputs }) => Math.max(inputs.length, outputs.length)))
  expect(most).toBeLessThan(8)
  const feeds = new Map([['x', floats([2, 80], Float32Array.from({ length: 160 }, (_, i) => i))]])
  const [plain, spelled] = [await Session.open(graph, { threads: 1 }), await Session.open(lowered, { threads: 1 })]
  expect(floatData(await spelled.run(feeds), 'y')).toEqual(floatData(await plain.run(feeds), 'y'))
  await Promise.all([plain.close(), spelled.close()])
})
