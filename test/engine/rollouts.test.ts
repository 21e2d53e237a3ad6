import { beforeAll, expect, test } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { EvaluationId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { BlobStore } from '#main/blobs/blobStore.ts'
import { openBench } from '#main/engine/openBench.ts'
import { EngineEvent } from '#main/engine/protocol.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { requestChunks, rollOutItems } from '#main/train/rollouts.ts'
import { encodePath } from '#main/train/samples.ts'
import { jobBasics, tinyProject } from './tinyProject.ts'
import type { TinyProject } from './tinyProject.ts'

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(5)
})

const sampling = { ...defaultSampling({ parameters: 0 }, { temperature: 1, seed: 4 }), maxTurnTokens: 24 }

async function run(job: EngineJob, stopAfter = Infinity) {
  const events: EngineEvent[] = []
  const stop = new AbortController()
  if (stopAfter === 0) stop.abort()
  const emit = (event: EngineEvent): void => {
    events.push(EngineEvent.parse(event))
    if (events.length >= stopAfter) stop.abort()
  }
  const ending = await runJob(job, { emit, stop: stop.signal })
  return { ending, events }
}

test('an evaluation answers every item once and sums it up', async () => {
  const { ending, events } = await run({
    kind: 'evaluate', ...jobBasics(project), sampling: { ...sampling, temperature: 0 }, split: 'test', evaluationId: EvaluationId.parse('eval'), label: 'base'
  })
  expect(ending.kind).toBe('finished')
  const paths = events.flatMap((event) => event.kind === 'trajectory' ? [event.trajectory] : [])
  expect(paths.map(({ itemId }) => itemId).toSorted()).toEqual(project.lines.map(({ item }) => item.id).toSorted())
  const evaluation = events.flatMap((event) => event.kind === 'evaluation' ? [event.evaluation] : [])[0]
  expect(evaluation).toMatchObject({ id: 'eval', checkpointId: 'tiny', overall: { items: 5 } })
  expect(evaluation?.scores.map(({ task }) => task)).toEqual(['maze'])
})

test('an evaluation that is stopped has no score', async () => {
  const { ending, events } = await run({
    kind: 'evaluate', ...jobBasics(project), sampling, split: 'test', evaluationId: EvaluationId.parse('eval'), label: 'base'
  }, 0)
  expect(ending.kind).toBe('stopped')
  expect(events).toEqual([])
})

test('rollouts that are stopped keep the paths that were finished', async () => {
  const { ending, events } = await run({ kind: 'rollout', ...jobBasics(project), sampling: { ...sampling, maxTurnTokens: 8 }, samplesPerItem: 40 }, 1)
  expect(ending.kind).toBe('stopped')
  const paths = events.filter(({ kind }) => kind === 'trajectory')
  expect(paths.length).toBeGreaterThan(0)
  expect(paths.length).toBeLessThan(200)
})

test('requests are portioned by their pictures', () => {
  const item = project.lines[0]?.item as DatasetItem
  const video = { ...item, images: Array.from({ length: 16 }, () => ({ ...item.images[0] as ImageRef, width: 640, height: 480 })) }
  const chunks = requestChunks(Array.from({ length: 40 }, (_, index) => ({ item: index < 30 ? video : item, groupIndex: 0, seed: index })))
  expect(chunks.map((chunk) => chunk.length)).toEqual([13, 13, 14])
  expect(chunks.flat().map(({ seed }) => seed)).toEqual([...Array(40).keys()])
})

test('rollouts come in groups, each path with its own seed and stored pictures', async () => {
  const { events } = await run({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 3 })
  const paths = events.flatMap((event) => event.kind === 'trajectory' ? [event.trajectory] : [])
  expect(paths).toHaveLength(15)
  const seeds = paths.map(({ origin }) => origin.kind === 'model' ? origin.sampling.seed : 0)
  expect(new Set(seeds).size).toBe(15)
  const blobs = new BlobStore(`${project.folder}/blobs`)
  for (const { image } of paths.flatMap(({ steps }) => steps.flatMap(({ observations }) => observations))) expect(await blobs.has(image.blob)).toBe(true)
})

test('a path sampled in a group is the path sampled alone', async () => {
  const bench = await openBench({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 1 })
  const requests = project.lines.flatMap(({ item }) => [0, 1, 2].map((groupIndex) => ({ item, groupIndex, seed: 100 + groupIndex })))
  const options = { sampling, runId: null, runStep: null, reward: { kind: 'benchmark' as const }, onPath: () => undefined }
  const together = await rollOutItems(bench, requests, options)
  const alone = await Promise.all([7, 11].map((index) => rollOutItems(bench, requests.slice(index, index + 1), options)))
  const ids = (path: (typeof together)[number] | undefined) => path?.trajectory.steps.map(({ tokens }) => tokens?.responseIds)
  expect(ids(alone[0]?.[0])).toEqual(ids(together[7]))
  expect(ids(alone[1]?.[0])).toEqual(ids(together[11]))
})

test('what was sampled is encoded token for token, with its log-probabilities', async () => {
  const bench = await openBench({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 1 })
  const requests = project.lines.map(({ item }) => ({ item, groupIndex: 0, seed: 9 }))
  const paths = await rollOutItems(bench, requests, { sampling, runId: null, runStep: null, reward: { kind: 'benchmark' }, onPath: () => undefined })
  const encoded = paths.map(({ item, trajectory }) => encodePath(item, trajectory, bench.encoder))
  const scored = await bench.policy.logProbs(await bench.samples(encoded))
  encoded.forEach((path, index) => {
    const tokens = paths[index]?.trajectory.steps.map((step) => step.tokens) ?? []
    expect([...path.ids]).toEqual(tokens.flatMap((turn) => [...turn?.promptIds ?? [], ...turn?.responseIds ?? []]))
    expect(path.loss.reduce((sum, weight) => sum + weight, 0)).toBe(tokens.reduce((sum, turn) => sum + (turn?.responseIds.length ?? 0), 0))
    path.sampledLogProbs?.forEach((logProb, t) => expect(scored[index]?.[t]).toBeCloseTo(logProb, 4))
  })
})
