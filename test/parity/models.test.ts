import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Graph } from '#main/onnx/graph.ts'
import { readConfig } from '#main/model/config.ts'
import { Decoder } from '#main/model/decoder.ts'
import { parametersOf } from '#main/model/families/parameters.ts'
import { tokenPositions } from '#main/model/families/positions.ts'
import { ImageEncoder } from '#main/model/imageEncoder.ts'
import type { PatchedImage } from '#main/model/patches.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { logitsGraph } from '#main/model/sequenceGraph.ts'
import { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { weightInputs } from '#main/model/weights.ts'
import { openSafetensors, type SafetensorsFile } from '#main/runtime/safetensors.ts'
import { Session } from '#main/runtime/session.ts'
import { elementCount, floats, type HostTensor } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { DEFAULT_ADAMW } from '#main/train/optimizer.ts'
import { objectiveFeeds, stepTotals } from '#main/train/stepFeeds.ts'
import { gradientGraph, gradientName } from '#main/train/trainGraph.ts'

/** Cases made by transformers and PyTorch (scripts/reference/models.py); tolerances are those of the `parity` command. */
const FIXTURES = join(import.meta.dirname, '../fixtures/parity')

async function openCase(name: string): Promise<{ model: VisionLanguageModel; file: SafetensorsFile; samples: TokenSample[] }> {
  const folder = join(FIXTURES, name)
  const config = readConfig(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')))
  const tensors = await openWeights(folder)
  const weights = new Map<string, HostTensor>()
  for (const { name: tensor } of parametersOf(config)) weights.set(tensor, floats(tensors.info(tensor).shape, await tensors.read(tensor)))
  await tensors.close()
  const file = await openSafetensors(join(folder, 'case.safetensors'))
  return { model: new VisionLanguageModel(config, weights, { threads: 1 }), file, samples: await samplesOf(file, config.ids.imagePad) }
}

async function samplesOf(file: SafetensorsFile, imagePad: number): Promise<TokenSample[]> {
  const [rows, width] = file.info('input_ids').shape as [number, number]
  const [ids, mask, labels] = [await file.readIntegers('input_ids'), await file.readIntegers('attention_mask'), await file.readIntegers('labels')]
  const images = imagesOf(await file.read('pixel_values'), await file.readIntegers('image_grid_thw'))
  return Array.from({ length: rows }, (_, row) => {
    const length = mask.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0)
    const own = ids.slice(row * width, row * width + length)
    const runs = own.filter((id, t) => id === imagePad && own[t - 1] !== imagePad).length
    const loss = Float32Array.from(labels.subarray(row * width, row * width + length), (label) => (label === -100 ? 0 : 1))
    return { ids: own, loss, images: images.splice(0, runs) }
  })
}

function imagesOf(pixels: Float32Array, grids: Int32Array): PatchedImage[] {
  let at = 0
  return Array.from({ length: grids.length / 3 }, (_, i) => {
    const grid = [grids[3 * i], grids[3 * i + 1], grids[3 * i + 2]] as [number, number, number]
    const patches = pixels.slice(at, (at += elementCount(grid) * 1176))
    return { patches, grid, tokens: elementCount(grid) / 4 }
  })
}

/** Largest difference relative to the largest reference value. */
function relative(got: Float32Array, expected: Float32Array): number {
  expect(got).toHaveLength(expected.length)
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-12)
  return got.reduce((max, value, i) => Math.max(max, Math.abs(value - (expected[i] as number))), 0) / scale
}

describe.each(['qwen2_vl/tied', 'qwen2_vl/untied', 'qwen2_5_vl/tied', 'qwen2_5_vl/untied'])('parity with transformers: %s', (name) => {
  it('positions, visual features and logits', async () => {
    const { model, file, samples } = await openCase(name)
    const [, rows, width] = file.info('position_ids').shape as [number, number, number]
    const positions = await file.readIntegers('position_ids')
    samples.forEach(({ ids, images }, row) => {
      const own = tokenPositions(ids, images.map(({ grid }) => grid), { imagePad: model.config.ids.imagePad, mergeSize: 2 })
      for (const [axis, values] of [own.t, own.h, own.w].entries()) {
        const from = (axis * rows + row) * width
        expect([...values]).toEqual([...positions.subarray(from, from + ids.length)])
      }
    })
    const images = samples.flatMap((sample) => sample.images)
    const encoded = await new ImageEncoder(model).encode(images)
    const features = Float32Array.from(images.flatMap((image) => [...(encoded.get(image) ?? [])]))
    expect(relative(features, await file.read('visual_features'))).toBeLessThan(1e-5)
    const graph = new Graph()
    graph.output('logits', logitsGraph(graph, model.config, weightInputs(graph, model.weights)))
    const session = await Session.open(graph, { threads: 1 })
    const { feeds } = model.feeder.batch(samples)
    const logits = (await session.run(new Map([...model.weights, ...feeds]))).get('logits') as HostTensor<'f32'>
    await session.close()
    const { vocabSize } = model.config.text
    const [expected, padded] = [await file.read('logits'), (logits.shape[0] ?? 0) / rows]
    samples.forEach(({ ids }, row) => {
      const got = logits.data.subarray(row * padded * vocabSize, (row * padded + ids.length) * vocabSize)
      expect(relative(got, expected.subarray(row * width * vocabSize, (row * width + ids.length) * vocabSize))).toBeLessThan(1e-4)
    })
    await model.close()
    await file.close()
  })

  it('loss and every gradient', async () => {
    const { model, file, samples } = await openCase(name)
    const settings = {
      config: model.config, tensors: model.weights, trained: parametersOf(model.config), objective: { kind: 'sft' }, auxiliary: null,
      optimizer: DEFAULT_ADAMW
    } as const
    const session = await Session.open(gradientGraph(settings), { threads: 1 })
    const batch = model.feeder.batch(samples)
    const outputs = await session.run(new Map([...model.weights, ...batch.feeds, ...objectiveFeeds(samples, batch, stepTotals(samples, settings), settings)]))
    await session.close()
    const expected = (await file.read('loss'))[0] as number
    expect(Math.abs((outputs.get('loss')?.data[0] as number) - expected)).toBeLessThan(1e-5 * Math.abs(expected))
    const graded = file.names.filter((tensor) => tensor.startsWith('grad/'))
    expect(graded).toHaveLength(settings.trained.length)
    for (const tensor of graded) {
      const got = outputs.get(gradientName(tensor.slice('grad/'.length)))?.data as Float32Array
      expect([tensor, relative(got, await file.read(tensor)) < 1e-3]).toEqual([tensor, true])
    }
    await file.close()
  })
})

it.each(['qwen2_vl/untied', 'qwen2_5_vl/untied'])('greedy generation is that of transformers: %s', async (name) => {
  const { model, file, samples } = await openCase(name)
  const expected = await file.readIntegers('greedy_ids')
  const decoder = new Decoder(model)
  const requests = samples.map((sample) => ({ ...sample, sequence: decoder.open(), seed: 0, maxNewTokens: expected.length / samples.length }))
  await decoder.extend(requests)
  const { ids } = model.config
  const bannedIds = new Set([ids.imagePad, ids.videoPad, ids.visionStart, ids.visionEnd, ...ids.eos])
  const written = await decoder.generate(requests, { temperature: 0, topK: 0, topP: 1, bannedIds, stopIds: new Set() })
  expect(written.flatMap((row) => row.ids)).toEqual([...expected])
  await model.close()
  await file.close()
})
