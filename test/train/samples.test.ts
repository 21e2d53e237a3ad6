import { beforeAll, expect, test } from 'vitest'
import type { Policy } from '#main/model/policy.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { encodeAnswer, encodePath } from '#main/train/samples.ts'
import type { EncodedPath, PathEncoder } from '#main/train/samples.ts'
import type { TrainingLine } from '#main/train/stages/context.ts'
import { tinyPolicy, tinyProject } from '../engine/tinyProject.ts'

let policy: Policy
let lines: TrainingLine[]
let encoder: PathEncoder
beforeAll(async () => {
  policy = await tinyPolicy()
  lines = (await tinyProject(4)).lines
  encoder = { tokenizer: policy.tokenizer, processor: policy.processor, preset: loadPromptPreset('pocket'), learnStop: true, maskMistakes: false }
})

/** The text of the runs of tokens that are targets. */
function targets({ ids, loss }: EncodedPath): string[] {
  const runs: number[][] = []
  ids.forEach((id, index) => {
    if (loss[index] !== 1) return
    if (loss[index - 1] !== 1) runs.push([])
    runs.at(-1)?.push(id)
  })
  return runs.map((run) => policy.tokenizer.decode(run))
}

test('the targets of a teacher’s path are what the assistant wrote, each turn with its end', () => {
  for (const { item, trajectories } of lines) {
    const [path] = trajectories
    if (path === undefined) throw new Error('every item has a path')
    expect(targets(encodePath(item, path, encoder))).toEqual(path.steps.map(({ text }) => `${text}<|im_end|>`))
  }
})

test('without learnStop the closing token is no target', () => {
  const { item, trajectories: [path] } = lines[1] as TrainingLine
  if (path === undefined) throw new Error('every item has a path')
  expect(targets(encodePath(item, path, { ...encoder, learnStop: false }))).toEqual(path.steps.map(({ text }) => text))
})

test('a scripted mistake can be left out of the loss; its correction stays', () => {
  const { item, trajectories: [path] } = lines[0] as TrainingLine
  if (path === undefined) throw new Error('every item has a path')
  expect(path.steps.filter(({ mistake }) => mistake)).toHaveLength(1)
  const right = path.steps.filter(({ mistake }) => !mistake).map(({ text }) => `${text}<|im_end|>`)
  expect(targets(encodePath(item, path, { ...encoder, maskMistakes: true }))).toEqual(right)
  expect(encodePath(item, path, { ...encoder, maskMistakes: true }).ids).toEqual(encodePath(item, path, encoder).ids)
})

test('a step people rejected is read, and not learnt', () => {
  const { item, trajectories: [path] } = lines[1] as TrainingLine
  if (path === undefined) throw new Error('every item has a path')
  const encoded = encodePath(item, path, encoder, [0])
  expect(targets(encoded)).toEqual(path.steps.slice(1).map(({ text }) => `${text}<|im_end|>`))
  expect(encoded.ids).toEqual(encodePath(item, path, encoder).ids)
})

test('the pictures are the given ones and those drawn before the last turn', () => {
  const { item, trajectories: [path] } = lines[1] as TrainingLine
  if (path === undefined) throw new Error('every item has a path')
  const encoded = encodePath(item, path, encoder)
  expect(encoded.pictures.map(({ ref }) => ref.blob)).toEqual([item.images[0]?.blob, ...path.steps.flatMap(({ observations }) => observations.map(({ image }) => image.blob))])
  const pads = encoded.ids.filter((id) => id === policy.config.ids.imagePad).length
  expect(pads).toBe(16 * encoded.pictures.length)
})

test('a path whose pictures do not fit its placeholders names the item', () => {
  const { item, trajectories: [path] } = lines[1] as TrainingLine
  if (path === undefined) throw new Error('every item has a path')
  const promptIds = Array.from(encodePath(item, path, encoder).ids).slice(0, 12)
  const sampled = path.steps.map((step) => ({ ...step, tokens: { promptIds, responseIds: [5], logProbs: [-1], entropies: [1] } }))
  expect(() => encodePath(item, { ...path, steps: sampled }, encoder)).toThrowError(expect.objectContaining({ code: 'bad_input', where: `item ${item.id}, path ${path.id}` }) as Error)
  expect(() => encodePath(item, { ...path, modelSizes: [] }, encoder)).toThrowError(/item has 1/)
})

test('the answer baseline has one target: the bare answer', () => {
  const { item } = lines[0] as TrainingLine
  expect(targets(encodeAnswer(item, { ...encoder, preset: loadPromptPreset('answer') }))).toEqual([`${item.answer}<|im_end|>`])
})
