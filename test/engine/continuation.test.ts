import { beforeAll, expect, test } from 'vitest'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { openBench } from '#main/engine/openBench.ts'
import type { EngineEvent } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { encodePath } from '#main/train/samples.ts'
import { jobBasics, tinyProject, type TinyProject } from './tinyProject.ts'

const KEPT = 1
const sampling = { ...defaultSampling({ parameters: 0 }, { temperature: 1, seed: 4 }), maxTurnTokens: 24, maxTotalTokens: 4000 }
let project: TinyProject
const made: Trajectory[] = []

beforeAll(async () => {
  project = await tinyProject(3)
  const emit = (event: EngineEvent): void => {
    if (event.kind === 'trajectory') made.push(event.trajectory)
  }
  const ending = await runJob({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 2, keepSteps: KEPT }, { emit, stop: new AbortController().signal })
  expect(ending.kind).toBe('finished')
})

const parentOf = (path: Trajectory): Trajectory => {
  const parent = project.lines.flatMap(({ trajectories }) => trajectories).find(({ id }) => id === path.parentId)
  if (parent === undefined) throw new Error('The continuation names no path of the project as its parent')
  return parent
}

test('a continuation begins with its parent’s turns and pictures, and ends in turns of its own', () => {
  expect(made).toHaveLength(6)
  for (const path of made) {
    const parent = parentOf(path)
    expect(path.steps.slice(0, KEPT)).toEqual(parent.steps.slice(0, KEPT))
    expect(path.modelSizes).toEqual(parent.modelSizes)
    expect(path.steps.length).toBeGreaterThan(KEPT)
    expect(path.steps.slice(KEPT).every(({ tokens }) => (tokens?.responseIds.length ?? 0) > 0)).toBe(true)
  }
  const texts = made.map(({ steps }) => steps[KEPT]?.text)
  expect(new Set(texts).size).toBe(texts.length)
})

test('what follows a prefix was sampled exactly as training will read it', async () => {
  const bench = await openBench({ kind: 'rollout', ...jobBasics(project), sampling, samplesPerItem: 1 })
  const encoded = made.map((path) => encodePath(project.lines.find(({ item }) => item.id === path.itemId)?.item ?? expect.fail(), path, bench.encoder))
  const scored = await bench.policy.logProbs(await bench.samples(encoded))
  made.forEach((path, index) => {
    const turns = path.steps.slice(KEPT).flatMap(({ tokens }) => [...(tokens?.promptIds ?? []).map((id) => ({ id, logProb: null })),
      ...(tokens?.responseIds ?? []).map((id, t) => ({ id, logProb: tokens?.logProbs[t] ?? NaN }))])
    const from = (encoded[index]?.ids.length ?? 0) - turns.length
    expect([...encoded[index]?.ids ?? []].slice(from)).toEqual(turns.map(({ id }) => id))
    turns.forEach(({ logProb }, t) => { if (logProb !== null) expect(scored[index]?.[from + t]).toBeCloseTo(logProb, 4) })
  })
})
