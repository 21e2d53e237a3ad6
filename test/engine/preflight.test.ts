import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { cardCheck } from '#main/engine/preflight/card.ts'
import { memoryCheck } from '#main/engine/preflight/memory.ts'
import type { RunLoad } from '#main/engine/preflight/load.ts'
import { EngineEvent } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { describeModel } from '#main/model/modelFacts.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { PreflightCheck, PreflightCode } from '#shared/domain/preflight.ts'
import { tinyProject, trainJobOf } from './tinyProject.ts'
import type { TinyProject } from './tinyProject.ts'

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(6)
})

/** The checks of a run with these settings, by name; nothing of a preflight may stay behind. */
async function preflight(settings: { stage: string; config: object }, rehearse = true, before: PreflightCheck[] = []): Promise<Map<string, PreflightCheck>> {
  const { run, ...job } = trainJobOf(project, 'looked-at', settings)
  const events: EngineEvent[] = []
  await runJob({ ...job, kind: 'preflight', run, rehearse, found: before }, { emit: (event) => events.push(EngineEvent.parse(JSON.parse(JSON.stringify(event)))), stop: new AbortController().signal })
  expect(existsSync(job.runFolder)).toBe(false)
  expect(events.filter(({ kind }) => kind === 'trajectory' || kind === 'metrics' || kind === 'checkpoint')).toEqual([])
  const [found] = events.filter((event) => event.kind === 'preflight')
  for (const check of found?.preflight.checks ?? []) if (check.name !== 'settings') for (const { code } of check.findings) PreflightCode.parse(code)
  return new Map(found?.preflight.checks.map((check) => [check.name, check]))
}

const ORDER = ['settings', 'questions', 'memory', 'disk', 'dryRun', 'time']

test('a supervised run is measured on a step of its own', async () => {
  const before = await readdir(join(project.folder, 'blobs'))
  const checks = await preflight({ stage: 'coldStart', config: { batchSize: 2, epochs: 10, checkpointEvery: 5 } })
  expect([...checks.keys()]).toEqual(ORDER)
  expect([...checks.values()].map(({ name, state, error }) => [name, state, error])).toEqual(ORDER.map((name) => [name, 'ok', null]))
  expect(checks.get('dryRun')?.numbers['seconds']).toBeGreaterThan(0)
  const time = checks.get('time')?.numbers
  expect(time?.['steps']).toBe(30)
  expect(time?.['seconds']).toBeCloseTo(30 * (time?.['secondsPerStep'] ?? NaN))
  expect(checks.get('questions')?.numbers['items']).toBe(6)
  const disk = checks.get('disk')?.numbers
  expect(disk?.['neededBytes']).toBe((disk?.['statesBytes'] ?? NaN) + (disk?.['checkpointsBytes'] ?? NaN))
  expect(disk?.['checkpointsBytes']).toBeGreaterThan(0)
  expect(await readdir(join(project.folder, 'blobs'))).toEqual(before)
})

test('reinforcement learning is measured on one small group, whatever it earns', async () => {
  const checks = await preflight({ stage: 'grpo', config: { steps: 7, promptsPerStep: 4, groupSize: 2 } })
  expect([...checks.values()].map(({ state }) => state)).not.toContain('error')
  const dryRun = checks.get('dryRun')?.numbers
  expect(dryRun).toMatchObject({ rollouts: 2 })
  expect(dryRun?.['rolloutSeconds']).toBeGreaterThan(0)
  const time = checks.get('time')?.numbers
  expect(time?.['samplingSeconds']).toBeCloseTo((7 * 4 * 2 * (dryRun?.['rolloutSeconds'] ?? NaN)) / 2)
  expect(time?.['seconds']).toBeCloseTo((time?.['samplingSeconds'] ?? NaN) + 7 * (time?.['secondsPerStep'] ?? NaN))
  expect(checks.get('disk')?.numbers['rolloutsBytes']).toBeGreaterThan(0)
})

test('a stage that keeps little of what it samples is measured all the same', async () => {
  const checks = await preflight({ stage: 'reflective', config: { samplesPerItem: 2, items: 4, batchSize: 2 } })
  expect(checks.get('dryRun')).toMatchObject({ state: 'ok', numbers: { rollouts: 2 } })
  expect(checks.get('time')?.numbers['samplingSeconds']).toBeCloseTo((4 * 2 * (checks.get('dryRun')?.numbers['rolloutSeconds'] ?? NaN)) / 2)
  expect(checks.get('time')?.numbers['samplingSeconds']).toBeGreaterThan(0)
  expect(checks.get('time')?.numbers['secondsPerStep']).toBeGreaterThan(0)
})

test('what was found before is told with the rest', async () => {
  const leakage: PreflightCheck = { name: 'leakage', state: 'warning', message: 'one of them', numbers: { questions: 1 }, findings: [], error: null }
  const checks = await preflight({ stage: 'coldStart', config: {} }, false, [leakage])
  expect([...checks.keys()]).toEqual(['settings', 'questions', 'leakage', 'memory', 'disk', 'dryRun'])
  expect(checks.get('leakage')).toEqual(leakage)
})

test('without the machine to itself it does not try, and says so', async () => {
  const checks = await preflight({ stage: 'coldStart', config: {} }, false)
  expect([...checks.keys()]).toEqual(['settings', 'questions', 'memory', 'disk', 'dryRun'])
  expect(checks.get('dryRun')).toMatchObject({ state: 'warning', findings: [{ code: 'notTried' }] })
})

test('settings that do not go together end the look at once', async () => {
  const checks = await preflight({ stage: 'grpo', config: { dualClip: 0.5 } })
  expect([...checks.values()]).toEqual([expect.objectContaining({ name: 'settings', state: 'error', error: expect.objectContaining({ code: 'bad_input' }) as object })])
})

test('memory: sampled lengths are bounds, written ones are known; too little for the least is an error', async () => {
  const described = await describeModel(join(project.folder, 'models/tiny'))
  const load: RunLoad = { items: 6, paths: 0, imageTokens: { least: 16, most: 16 }, questionTokens: 60, pathTokens: 2000, images: 10, pixels: 12544, sampling: { maxTotalTokens: 1024, maxImages: 42 } }
  const settings = StageConfig.parse({ stage: 'grpo', config: {} })
  const roomy = memoryCheck(settings, described, load, 1e12)
  expect(roomy).toMatchObject({ state: 'ok', error: null })
  const { neededBytes = NaN, leastBytes = NaN } = roomy.numbers
  expect(leastBytes).toBeLessThan(neededBytes)
  expect(memoryCheck(settings, described, load, (leastBytes + neededBytes) / 2).state).toBe('warning')
  expect(memoryCheck(settings, described, load, leastBytes * 0.9)).toMatchObject({ state: 'error', error: { code: 'out_of_memory' } })
  const written = memoryCheck(StageConfig.parse({ stage: 'coldStart', config: {} }), described, { ...load, paths: 6 }, 1e12)
  expect(written.numbers['leastBytes']).toBe(written.numbers['neededBytes'])
  // Short paths are run several at once, each with its pictures.
  const pictures = memoryCheck(settings, described, { ...load, pathTokens: 9000, images: 42, pixels: 200_704 }, 1e12).numbers
  expect(pictures['leastBytes']).toBeLessThan(pictures['neededBytes'] ?? NaN)
  const kl = memoryCheck(StageConfig.parse({ stage: 'grpo', config: { klBeta: 0.1 } }), described, load, 1e12)
  expect(kl.numbers['neededBytes']).toBe(neededBytes + (kl.numbers['referenceBytes'] ?? NaN))
})

test('the card: warned of where it is too small, said where it is not told of', async () => {
  const described = await describeModel(join(project.folder, 'models/tiny'))
  const load: RunLoad = { items: 6, paths: 0, imageTokens: { least: 16, most: 16 }, questionTokens: 60, pathTokens: 2000, images: 10, pixels: 12544, sampling: { maxTotalTokens: 1024, maxImages: 42 } }
  const settings = StageConfig.parse({ stage: 'grpo', config: {} })
  const look = (cardBytes: number | null, stage = settings): PreflightCheck => cardCheck(stage, described, load, 1e12, cardBytes)
  const codes = ({ findings }: PreflightCheck): string[] => findings.map(({ code }) => code)
  const { neededBytes = NaN, leastBytes = NaN } = look(1e12).numbers
  expect(leastBytes).toBeLessThan(neededBytes)
  expect([look(1e12).state, codes(look(1e12))]).toEqual(['ok', ['cardBounds', 'cardFits']])
  expect([look(neededBytes).state, codes(look(neededBytes))]).toEqual(['warning', ['cardBounds', 'cardTight', 'cardAdvice']])
  expect([look(leastBytes * 0.9).state, codes(look(leastBytes * 0.9))]).toEqual(['warning', ['cardBounds', 'cardShort', 'cardAdvice']])
  expect([look(null).state, codes(look(null)), look(null).numbers['cardBytes']]).toEqual(['ok', ['cardBounds', 'cardUntold'], undefined])
  const blocks = StageConfig.parse({ stage: 'coldStart', config: { blockwise: true, loraRank: 4 } })
  const [card, host] = [look(1e12, blocks).numbers, memoryCheck(blocks, described, load, 1e12).numbers]
  expect(card['weightsBytes']).toBe((host['weightsBytes'] ?? NaN) + described.storedBytes)
})

test('a check that an earlier version stored can still be read', () => {
  expect(PreflightCheck.parse({ name: 'disk', state: 'ok', message: 'About 1 GB', numbers: { neededBytes: 1e9 }, error: null }).findings).toEqual([])
})
