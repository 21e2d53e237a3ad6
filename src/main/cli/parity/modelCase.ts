import { join } from 'node:path'
import { Graph } from '../../onnx/graph.ts'
import { Decoder } from '../../model/decoder.ts'
import { parametersOf } from '../../model/families/parameters.ts'
import { tokenPositions } from '../../model/families/positions.ts'
import { ImageEncoder } from '../../model/imageEncoder.ts'
import { logitsGraph } from '../../model/sequenceGraph.ts'
import type { ModelSettings, VisionLanguageModel } from '../../model/visionLanguageModel.ts'
import { weightInputs } from '../../model/weights.ts'
import { openSafetensors, type SafetensorsFile } from '../../runtime/safetensors.ts'
import { Session } from '../../runtime/session.ts'
import { floatData, type HostTensor, indices } from '../../runtime/tensor.ts'
import { hubName } from '../../runtime/weightFiles.ts'
import { DEFAULT_ADAMW } from '../../train/optimizer.ts'
import { objectiveFeeds, stepTotals } from '../../train/stepFeeds.ts'
import { gradientGraph, gradientName } from '../../train/trainGraph.ts'
import { CASE_FILE, openModel } from './caseFolder.ts'
import { compareFloats, compareIds, type Comparison, failed, TOLERANCES } from './comparison.ts'
import { type CaseInputs, everywhere, labelled, readInputs } from './inputs.ts'

interface OpenCase {
  readonly model: VisionLanguageModel
  readonly file: SafetensorsFile
  readonly inputs: CaseInputs
}

/** Every expectation of a case's `case.safetensors` against this engine, each reported when known. Padding is never compared. */
export async function checkModel(folder: string, settings: ModelSettings, report: (comparison: Comparison) => void): Promise<void> {
  const file = await openSafetensors(join(folder, CASE_FILE))
  try {
    const model = await openModel(folder, settings)
    try {
      const open: OpenCase = { model, file, inputs: await readInputs(file, model.config) }
      const has = (name: string): boolean => file.names.includes(name)
      if (has('position_ids')) report(await positions(open))
      if (has('visual_features')) report(await features(open))
      if (has('logits')) report(await logits(open))
      if (has('loss') || file.names.some(isGradient)) for (const comparison of await lossAndGradients(open)) report(comparison)
      if (has('greedy_ids')) report(await greedy(open))
    } finally {
      await model.close()
    }
  } finally {
    await file.close()
  }
}

async function positions({ model, file, inputs }: OpenCase): Promise<Comparison> {
  const { ids: special, vision } = model.config
  const expected = await file.readIntegers('position_ids')
  const [mine, theirs]: [number[], number[]] = [[], []]
  inputs.rows.forEach(({ ids, columns, images }, row) => {
    const { t, h, w } = tokenPositions(ids, images.map(({ grid }) => grid), { imagePad: special.imagePad, mergeSize: vision.mergeSize })
    for (const [axis, values] of [t, h, w].entries()) {
      mine.push(...values)
      for (const column of columns) theirs.push(expected[(axis * inputs.rows.length + row) * inputs.width + column] ?? Number.NaN)
    }
  })
  return compareIds('position_ids', mine, theirs)
}

async function features({ model, file, inputs }: OpenCase): Promise<Comparison> {
  const images = inputs.rows.flatMap((row) => row.images)
  const encoded = await new ImageEncoder(model).encode(images)
  const got = new Float32Array(images.reduce((sum, { tokens }) => sum + tokens, 0) * model.config.vision.outWidth)
  let at = 0
  for (const image of images) {
    const own = encoded.get(image) ?? new Float32Array(0)
    got.set(own, at)
    at += own.length
  }
  return compareFloats('visual_features', got, await file.read('visual_features'), TOLERANCES.features)
}

async function logits({ model, file, inputs }: OpenCase): Promise<Comparison> {
  const graph = new Graph()
  graph.output('logits', logitsGraph(graph, model.config, weightInputs(graph, model.weights)))
  const session = await Session.open(graph, model.settings)
  try {
    const { feeds } = model.feeder.batch(everywhere(inputs))
    const got = floatData(await session.run(new Map([...model.weights, ...feeds])), 'logits')
    const expected = await file.read('logits')
    const { vocabSize } = model.config.text
    // Rows of the graph are padded to a common length of its own.
    const padded = got.length / vocabSize / inputs.rows.length
    const size = inputs.rows.reduce((sum, { ids }) => sum + ids.length, 0) * vocabSize
    const [mine, theirs] = [new Float32Array(size), new Float32Array(size)]
    let at = 0
    inputs.rows.forEach(({ columns }, row) => columns.forEach((column, t) => {
      const from = (row * inputs.width + column) * vocabSize
      mine.set(got.subarray((row * padded + t) * vocabSize, (row * padded + t + 1) * vocabSize), at)
      theirs.set(expected.subarray(from, from + vocabSize), at)
      at += vocabSize
    }))
    return compareFloats('logits', mine, theirs, TOLERANCES.logits)
  } finally {
    await session.close()
  }
}

const GRADIENT = 'grad/'
const isGradient = (name: string): boolean => name.startsWith(GRADIENT)

async function lossAndGradients({ model, file, inputs }: OpenCase): Promise<Comparison[]> {
  const row = inputs.rows.findIndex(({ stray }) => stray !== null)
  // What a model predicts from padding depends on how an implementation treats rows that may see nothing.
  if (row >= 0) return [failed('loss', `row ${row} has a label on its padding or predicted from it, in column ${inputs.rows[row]?.stray}; give it -100`)]
  const samples = labelled(inputs)
  const wanted = new Map(file.names.filter(isGradient).map((stored) => [hubName(stored.slice(GRADIENT.length)), stored]))
  const trained = parametersOf(model.config).filter(({ name }) => wanted.has(name))
  const unknown = [...wanted.keys()].filter((name) => !trained.some((parameter) => parameter.name === name))
  const settings = { config: model.config, tensors: model.weights, trained, objective: { kind: 'sft' }, auxiliary: null, optimizer: DEFAULT_ADAMW } as const
  const session = await Session.open(gradientGraph(settings), model.settings)
  try {
    const batch = model.feeder.batch(samples)
    // The labels are what is asked for, also where they are not the ids themselves.
    const asked = Array.from(batch.samples, (sample, k) => inputs.rows[sample]?.labels[batch.tokens[k] ?? 0] ?? 0)
    const feeds = new Map<string, HostTensor>([...model.weights, ...batch.feeds, ...objectiveFeeds(samples, batch, stepTotals(samples, settings), settings)])
    const outputs = await session.run(feeds.set('targets', indices([asked.length, 1], asked)))
    const found = unknown.map((name) => failed(`${GRADIENT}${name}`, 'the model has no such parameter'))
    if (file.names.includes('loss')) found.unshift(compareFloats('loss', floatData(outputs, 'loss'), await file.read('loss'), TOLERANCES.loss))
    for (const { name } of trained) {
      const expected = await file.read(wanted.get(name) ?? name)
      found.push(compareFloats(`${GRADIENT}${name}`, floatData(outputs, gradientName(name)), expected, TOLERANCES.gradient))
    }
    return found
  } finally {
    await session.close()
  }
}

/**
 * The likeliest ids after each row. transformers lets a model write placeholders unless it is told not to; a reference made
 * with or without `suppress_tokens` on them (and on the closing ids) is met. A row counts up to its first closing id: what
 * generation fills in after it is no choice of the model. Nor is the first id of a row padded on the right, where transformers
 * reads the logits of a padding column: if all else fails, that one is taken from the reference.
 */
async function greedy({ model, file, inputs }: OpenCase): Promise<Comparison> {
  const { imagePad, videoPad, visionStart, visionEnd, eos } = model.config.ids
  const expected = await file.readIntegers('greedy_ids')
  const length = expected.length / Math.max(1, inputs.rows.length)
  const wanted = inputs.rows.map((_, row) => upToClosing([...expected.subarray(row * length, (row + 1) * length)], new Set(eos)))
  const padded = inputs.rows.map(({ columns }) => (columns.at(-1) ?? 0) < inputs.width - 1)
  const compared: Comparison[] = []
  for (const given of padded.includes(true) ? [padded.map(() => 0), padded.map(Number)] : [padded.map(() => 0)]) {
    for (const banned of [[], [imagePad, videoPad, visionStart, visionEnd, ...eos]]) {
      const comparison = compareIds('greedy_ids', await writeGreedily(model, inputs, wanted, given, new Set(banned)), wanted.flat())
      const taken = given.some((count) => count > 0) ? ', the first of rows padded on the right taken as given' : ''
      if (comparison.passed) return { ...comparison, detail: comparison.detail + taken }
      compared.push(comparison)
    }
  }
  return compared[0] ?? failed('greedy_ids', 'nothing was written')
}

/** As many ids a row as are wanted, the first `given` of them taken from there. */
async function writeGreedily(
  model: VisionLanguageModel, { rows }: CaseInputs, wanted: readonly (readonly number[])[], given: readonly number[], bannedIds: ReadonlySet<number>
): Promise<number[]> {
  const decoder = new Decoder(model)
  const heads = wanted.map((ids, row) => ids.slice(0, given[row]))
  const requests = rows.map(({ ids, images }, row) => {
    const head = heads[row] ?? []
    return { sequence: decoder.open(), ids: [...ids, ...head], images, seed: 0, maxNewTokens: Math.max(1, (wanted[row]?.length ?? 0) - head.length) }
  })
  await decoder.extend(requests)
  const written = await decoder.generate(requests, { temperature: 0, topK: 0, topP: 1, bannedIds, stopIds: new Set() })
  for (const { sequence } of requests) decoder.close(sequence)
  return written.flatMap(({ ids }, row) => [...heads[row] ?? [], ...ids].slice(0, wanted[row]?.length))
}

function upToClosing(ids: readonly number[], closing: ReadonlySet<number>): readonly number[] {
  const end = ids.findIndex((id) => closing.has(id))
  return end < 0 ? ids : ids.slice(0, end + 1)
}
