import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { backward } from '#main/autodiff/backward.ts'
import { mul } from '#main/onnx/build/elementwise.ts'
import { dequantized, quantizedLinear, type QuantizedMatrix } from '#main/onnx/build/quantized.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { Decoder } from '#main/model/decoder.ts'
import type { Generated } from '#main/model/generation.ts'
import { openCheckpointFolder } from '#main/model/checkpointFolder.ts'
import { importCheckpoint, type ImportedCheckpoint } from '#main/model/importCheckpoint.ts'
import { DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import { Policy } from '#main/model/policy.ts'
import { logitsError } from '#main/model/quantizationError.ts'
import { quantizeMatrix } from '#main/model/quantizeMatrix.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { floatToHalf, halfToFloat } from '#main/runtime/halfFloat.ts'
import { dequantizeInto, type QuantizedParts, QuantizedTensor } from '#main/runtime/quantizedTensor.ts'
import { readSafetensors } from '#main/runtime/safetensors.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData, floats, type HostTensor, tensor } from '#main/runtime/tensor.ts'
import { widened } from '#main/runtime/widened.ts'
import { Trainer } from '#main/train/step.ts'
import { tinyPolicy, widerPolicy } from '../engine/tinyProject.ts'
import { bfloatFolder } from './bfloatFolder.ts'
import { randomImage, randomSample } from './tiny.ts'

const QUIET = { onProgress: () => undefined, stop: new AbortController().signal }
const random = Random.seeded(4)
const normals = (length: number, scale = 1): Float32Array => Float32Array.from({ length }, () => scale * random.normal())

/** Logits after each prompt, and what is written then. */
async function replies(model: VisionLanguageModel, prompts: readonly TokenSample[], temperature: number): Promise<{ first: Float32Array[]; written: Generated[] }> {
  const decoder = new Decoder(model)
  const open = prompts.map((prompt, seed) => ({ ...prompt, sequence: decoder.open(), seed, maxNewTokens: 6 }))
  await decoder.extend(open)
  const first = open.map(({ sequence }) => decoder.logits(sequence) as Float32Array)
  return { first, written: await decoder.generate(open, { temperature, topK: 0, topP: 1, bannedIds: new Set(), stopIds: new Set() }) }
}

describe('rounding to 4 bits', () => {
  it('keeps the values of a block that 16 levels hold', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 0.25 * ((i % 16) - 5) : 0.5 * ((i % 16) - 12)))
    const { packed, scales, zeroPoints, largestError } = quantizeMatrix(values)
    const back = new Float32Array(64)
    dequantizeInto(back, packed, halfToFloat(scales), zeroPoints)
    expect([...back]).toEqual([...values])
    expect(largestError).toBe(0)
    expect([...zeroPoints]).toEqual([5 | (12 << 4)])
  })

  it('loses less than plain rounding over the whole range, and counts what it lost', () => {
    const values = normals(64 * 64)
    const { packed, scales, zeroPoints, errorSquares, squares } = quantizeMatrix(values)
    const back = new Float32Array(values.length)
    dequantizeInto(back, packed, halfToFloat(scales), zeroPoints)
    expect(errorSquares).toBeCloseTo(back.reduce((sum, value, i) => sum + (value - (values[i] as number)) ** 2, 0), 3)
    let plain = 0
    for (let block = 0; block < values.length; block += 32) {
      const part = values.subarray(block, block + 32)
      const [low, high] = [Math.min(...part), Math.max(...part)]
      const step = (high - low) / 15
      const zero = Math.round(-low / step)
      for (const value of part) plain += ((Math.max(0, Math.min(15, Math.round(value / step) + zero)) - zero) * step - value) ** 2
    }
    expect(errorSquares).toBeLessThan(0.96 * plain)
    expect(Math.sqrt(errorSquares / squares)).toBeLessThan(0.1)
  })

  it('leaves a block of zeros alone', () => {
    expect(quantizeMatrix(new Float32Array(64))).toMatchObject({ errorSquares: 0, largestError: 0 })
  })
})

describe('a product with a matrix in 4 bits', () => {
  it('is that with the matrix in floats, and so is its gradient', async () => {
    const [out, width, rows] = [48, 128, 5]
    const { packed, scales, zeroPoints } = quantizeMatrix(normals(out * width, 0.1))
    const wide = new Float32Array(out * width)
    dequantizeInto(wide, packed, halfToFloat(scales), zeroPoints)
    const graph = new Graph()
    const [x, probe, bias, weight] = [graph.input('x', ['N', width]), graph.input('probe', ['N', out]), graph.input('bias', [out]), graph.input('weight', [out, width])]
    const matrix: QuantizedMatrix = {
      packed: graph.input('packed', [out, width / 32, 16], 'u8'), scales: graph.input('scales', [out, width / 32]), zeroPoints: graph.input('zeros', [out, width / 64], 'u8')
    }
    const both = [quantizedLinear(x, matrix, bias), linear(x, weight, bias)]
    both.forEach((y, i) => {
      graph.output(`y${i}`, y)
      graph.output(`dx${i}`, backward(total(mul(y, probe)), [x])[0] as Value)
    })
    graph.output('matrix', dequantized(matrix))
    const session = await Session.open(graph, { threads: 1 })
    const outputs = await session.run(new Map<string, HostTensor>([
      ['x', floats([rows, width], normals(rows * width))], ['probe', floats([rows, out], normals(rows * out))], ['bias', floats([out], normals(out))],
      ['weight', floats([out, width], wide)], ['packed', tensor('u8', [out, width / 32, 16], packed)],
      ['scales', floats([out, width / 32], halfToFloat(scales))], ['zeros', tensor('u8', [out, width / 64], zeroPoints)]
    ]))
    await session.close()
    expect(floatData(outputs, 'matrix')).toEqual(wide)
    for (const name of ['y', 'dx']) {
      const [got, want] = [floatData(outputs, `${name}0`), floatData(outputs, `${name}1`)]
      expect(Math.max(...want.map(Math.abs))).toBeGreaterThan(0.1)
      got.forEach((value, i) => expect(Math.abs(value - (want[i] as number))).toBeLessThan(1e-5))
    }
  })
})

describe('a checkpoint in 4 bits', () => {
  let folder: string
  let imported: ImportedCheckpoint
  const place = (): string => join(folder, 'models', imported.folder)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-quantized-'))
    await bfloatFolder(await widerPolicy(), join(folder, 'source'))
    imported = await importCheckpoint(join(folder, 'source'), join(folder, 'models'), 'small', QUIET, { quantize: true, threads: 1 })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('holds the linear layers of the decoder in 4 bits and says what that lost', async () => {
    expect(imported.weights).toBe('quantized')
    expect(imported.quantized).toHaveLength(14)
    for (const { relativeError } of imported.quantized) expect(relativeError).toBeGreaterThan(0.03)
    for (const { relativeError } of imported.quantized) expect(relativeError).toBeLessThan(0.1)
    const { logits } = imported
    expect(logits?.rows).toBeGreaterThan(50)
    expect(logits?.meanKl).toBeGreaterThan(1e-6)
    expect(logits?.meanKl).toBeLessThan(0.1)
    expect(logits?.largest).toBeGreaterThan(logits?.mean ?? Infinity)
    const { tensors, config } = await openCheckpointFolder(place())
    await tensors.close()
    expect(tensors.info('model.layers.0.mlp.up_proj.weight')).toEqual({ dtype: 'INT4', shape: [128, 64], bytes: 128 * (32 + 4 + 1) })
    expect(tensors.info('visual.blocks.0.attn.qkv.weight').dtype).toBe('F16')
    expect(tensors.info('model.embed_tokens.weight').dtype).toBe('F16')
    expect(config.text.hiddenSize).toBe(64)
    expect(JSON.parse(await readFile(join(place(), 'config.json'), 'utf8'))).toMatchObject({ quantization_config: { quant_method: 'sightline', bits: 4 } })
  })

  it('trains adapters as the same weights in floats do', async () => {
    const policy = await Policy.open(place(), { threads: 1, blockwise: true })
    expect([...policy.weights.values()].filter((weight) => weight instanceof QuantizedTensor)).toHaveLength(14)
    const wide = new VisionLanguageModel(policy.config, new Map([...policy.weights].map(([name, weight]) => [name, widened(weight)])), { threads: 1 })
    const picture = randomImage(random, 2, 3, policy.config)
    // Words below the special ids, which stand at the end.
    const words = { ...policy.config, text: { ...policy.config.text, vocabSize: 200 } }
    const samples = [randomSample(random, [picture], 5, 12, 6, policy.config), randomSample(random, [picture], 3, 20, 9, policy.config), randomSample(random, [picture], 3, 1100, 9, words)]
    const states: Map<string, { data: Float32Array }>[] = []
    const results = []
    for (const model of [policy, wide]) {
      const trainer = new Trainer(model, { trainable: { lora: { ...DEFAULT_LORA, rank: 4, vision: true } }, objective: { kind: 'sft' }, seed: 3, beta1: 0, clipNorm: 1e9 })
      const noise = Random.seeded(11)
      for (const { data } of model.adapter?.tensors.values() ?? []) for (let i = 0; i < data.length; i++) data[i] = 0.1 * noise.normal()
      results.push(await trainer.step(samples, { learningRate: 1e-3 }))
      await trainer.saveState(join(folder, 'state'))
      states.push(await readSafetensors(join(folder, 'state/trainer.safetensors')))
      await model.close()
    }
    const [got, want] = states as [Map<string, { data: Float32Array }>, Map<string, { data: Float32Array }>]
    expect(results[0]?.loss).toBeCloseTo(results[1]?.loss ?? 0, 5)
    const names = [...want.keys()].filter((name) => name.startsWith('m/'))
    // Windows and slices alike go through the frozen matrices to the adapters of the tower.
    expect(names.filter((name) => name.startsWith('m/visual.blocks.0.'))).not.toEqual([])
    const largest = Math.max(...names.flatMap((name) => Array.from(want.get(name)?.data ?? [], Math.abs)))
    for (const name of names) {
      const [a, b] = [got.get(name)?.data as Float32Array, want.get(name)?.data as Float32Array]
      const scale = Math.max(...b.map(Math.abs))
      expect(scale).toBeGreaterThan(0)
      a.forEach((value, i) => expect(Math.abs(value - (b[i] as number))).toBeLessThan(2e-5 * scale + 1e-7 * largest))
    }
  })

  it.each(['in their files, block by block', 'in their files', 'in memory'])('writes what the same weights in floats write, adapters included: matrices %s', async (where) => {
    const policy = await Policy.open(place(), { threads: 1, blockwise: where.includes('block') })
    const inMemory = (parts: QuantizedParts): QuantizedParts => ({ packed: tensor('u8', parts.packed.shape, parts.packed.data), scales: tensor('f16', parts.scales.shape, parts.scales.data), zeroPoints: tensor('u8', parts.zeroPoints.shape, parts.zeroPoints.data) })
    if (where === 'in memory') for (const [name, weight] of policy.weights) if (weight instanceof QuantizedTensor) policy.weights.set(name, new QuantizedTensor(weight.shape, inMemory(weight.parts)))
    const wide = new VisionLanguageModel(policy.config, new Map([...policy.weights].map(([name, weight]) => [name, widened(weight)])), { threads: 1 })
    const own = Random.seeded(8)
    const words = { ...policy.config, text: { ...policy.config.text, vocabSize: 200 } }
    const pictures = [randomImage(own, 2, 3, policy.config), randomImage(own, 1, 2, policy.config)]
    const prompts = [randomSample(own, pictures, 5, 4, 1, words), randomSample(own, [], 9, 2, 1, words), randomSample(own, pictures.slice(1), 2, 6, 1, words)]
    for (const adapted of [false, true]) {
      if (adapted) {
        const adapter = newAdapter(policy.config, { ...DEFAULT_LORA, rank: 4, vision: true, dropout: 0.1 }, own)
        for (const { data } of adapter.tensors.values()) for (let i = 0; i < data.length; i++) data[i] = 0.1 * own.normal()
        policy.adapter = wide.adapter = adapter
      }
      for (const temperature of [0, 1]) {
        const [got, want] = [await replies(policy, prompts, temperature), await replies(wide, prompts, temperature)]
        want.first.forEach((row, i) => { expect(Math.max(...row.map((value, at) => Math.abs(value - (got.first[i]?.[at] ?? NaN))))).toBeLessThan(1e-4) })
        expect(got.written.map(({ ids }) => [...ids])).toEqual(want.written.map(({ ids }) => [...ids]))
        got.written.forEach(({ logProbs }, i) => { logProbs.forEach((value, at) => { expect(value).toBeCloseTo(want.written[i]?.logProbs[at] ?? NaN, 4) }) })
      }
    }
    // Neither what is in 4 bits nor, block by block, the tower is widened for writing.
    const fed = [...(await policy.acting.tensors()).keys()]
    expect(fed.filter((name) => policy.weights.get(name) instanceof QuantizedTensor)).toEqual([])
    expect(fed.some((name) => name.startsWith('visual.'))).toBe(!where.includes('block'))
    await policy.close()
    await wide.close()
  })

  it('is merged with an adapter as float16', async () => {
    const policy = await Policy.open(place(), { threads: 1, blockwise: true })
    const name = 'model.layers.1.mlp.down_proj.weight'
    const base = widened(policy.weights.get(name) as HostTensor).data
    await policy.save(join(folder, 'saved'))
    const { tensors } = await openCheckpointFolder(join(folder, 'saved'))
    expect(tensors.info(name).dtype).toBe('F16')
    expect(await tensors.read(name)).toEqual(halfToFloat(floatToHalf(base).patterns))
    await tensors.close()
  })

  it('learns in no other way', async () => {
    const policy = await Policy.open(place(), { threads: 1 })
    expect(() => new Trainer(policy, { trainable: 'all', objective: { kind: 'sft' } })).toThrow(/4 bits are not trained/)
    await expect(importCheckpoint(place(), join(folder, 'models'), 'again', QUIET, { quantize: true })).rejects.toMatchObject({ code: 'unsupported' })
  })

  it('is imported again as it is', async () => {
    const again = await importCheckpoint(place(), join(folder, 'others'), 'again', QUIET)
    expect(again).toMatchObject({ weights: 'linked', hash: imported.hash, quantized: [], logits: null })
  })

  it('is refused where its form is not ours, or layers cannot be cut into blocks', async () => {
    const path = join(place(), 'config.json')
    const config = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...config, quantization_config: { quant_method: 'gptq', bits: 4 } }))
    await expect(openCheckpointFolder(place())).rejects.toMatchObject({ code: 'unsupported', message: /quantised by gptq/ })
    await writeFile(path, JSON.stringify(config))
    await (await tinyPolicy()).save(join(folder, 'narrow'))
    await expect(importCheckpoint(join(folder, 'narrow'), join(folder, 'models'), 'narrow', QUIET, { quantize: true })).rejects.toThrow(/multiple of 64/)
  })
})

it('compares logits as a softmax sees them', () => {
  const before = Float32Array.of(0, 1, 2, 3, 0, 0, 0, 0)
  expect(logitsError(before, before.map((value) => value + 7), 4)).toMatchObject({ rows: 2, largest: 0, meanKl: 0, sameTop: 1 })
  const { largest, mean, meanKl, largestKl, sameTop } = logitsError(Float32Array.of(0, 0), Float32Array.of(0, Math.log(3)), 2)
  expect(largest).toBeCloseTo(Math.log(3) / 2, 6)
  expect(mean).toBeCloseTo(Math.log(3) / 2, 6)
  // sum of 1/2 log((1/2) / q) with q = 1/4, 3/4
  expect(meanKl).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 6)
  expect(largestKl).toBe(meanKl)
  expect(sameTop).toBe(0)
})
