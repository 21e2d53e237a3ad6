import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { EvaluationId } from '#shared/domain/ids.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import { withPixelLimits } from '#main/model/processor.ts'
import { checkQuestions } from '#main/train/questions.ts'
import { openBench } from '#main/engine/openBench.ts'
import { rolloutJob } from '#main/engine/rolloutJob.ts'
import { evaluateJob } from '#main/engine/evaluateJob.ts'
import { trainJob } from '#main/engine/trainJob.ts'
import { jobBasics, tinyProject, trainJobOf } from '../engine/tinyProject.ts'

const sampling = defaultSampling({ parameters: 0 }, { temperature: 0, seed: 1 })
const channel = { emit: () => undefined, stop: new AbortController().signal }

describe('the check of questions before a run', () => {
  it('names the item whose placeholders and pictures do not match, in every kind of job', async () => {
    const project = await tinyProject(2)
    const [first, second] = project.lines
    const broken = { ...second, item: { ...second?.item, question: 'What does <|image_pad|> show?' } }
    await writeFile(project.dataset, [first, broken].map((line) => `${JSON.stringify(line)}\n`).join(''))
    const refusal = { code: 'bad_input', where: expect.stringMatching(/^item item1: /) as string, message: expect.stringContaining('holds a picture placeholder token') as string }
    await expect(rolloutJob({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 1 }, channel)).rejects.toMatchObject(refusal)
    await expect(evaluateJob({ kind: 'evaluate', ...jobBasics(project), sampling, split: 'test', evaluationId: EvaluationId.parse('e'), label: '' }, channel)).rejects.toMatchObject(refusal)
    await expect(trainJob(trainJobOf(project, 'broken', { stage: 'coldStart', config: {} }), channel)).rejects.toMatchObject(refusal)
  })

  it('names an item that writes a placeholder token or has an impossible picture', async () => {
    const project = await tinyProject(1)
    const bench = await openBench({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 1 })
    const item = project.lines[0]?.item as DatasetItem
    expect(() => checkQuestions([item], bench)).not.toThrow()
    expect(() => checkQuestions([{ ...item, question: '<|image_pad|>' }], bench)).toThrow(expect.objectContaining({ where: expect.stringContaining(`item ${item.id}`) as string }))
    const thin = { ...item, images: item.images.map((image) => ({ ...image, width: 5000, height: 2 })) }
    expect(() => checkQuestions([thin], bench)).toThrow(expect.objectContaining({ code: 'bad_input', where: expect.stringContaining(`item ${item.id}`) as string }))
    await bench.policy.close()
  })
})

describe('pixel limits', () => {
  it('are the published ones for real models, a run\'s own where it says so, the checkpoint\'s for the pocket class', () => {
    const [real, pocket] = [{ parameters: 2e9 }, { parameters: 1e6 }]
    expect(pixelLimits(real, 'training')).toEqual({ minPixels: 16_384, maxPixels: 200_704 })
    expect(pixelLimits(real, 'evaluation')).toEqual({ minPixels: 16_384, maxPixels: 351_232 })
    expect(pixelLimits(pocket, 'training')).toBeNull()
    expect(pixelLimits(real, 'training', { minPixels: 0, maxPixels: 100_000 })).toEqual({ minPixels: 16_384, maxPixels: 100_000 })
    expect(pixelLimits(pocket, 'training', { minPixels: 0, maxPixels: 5000 })).toEqual({ minPixels: 1, maxPixels: 5000 })
  })

  it('narrow the processor of a job, never widen it', async () => {
    const project = await tinyProject(1)
    const job = { kind: 'rollout' as const, ...jobBasics(project), sampling, samplesPerItem: 1 }
    const wide = await openBench(job)
    const narrow = await openBench({ ...job, pixels: { minPixels: 1, maxPixels: 20_000 } })
    expect(narrow.processor).toEqual({ ...wide.processor, maxPixels: 20_000 })
    expect(narrow.encoder.processor).toEqual(narrow.processor)
    expect(withPixelLimits(wide.processor, { minPixels: 1, maxPixels: 1 << 24 })).toEqual(wide.processor)
    await wide.policy.close()
    await narrow.policy.close()
  })
})
