import { beforeAll, expect, test } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { reviewOpinion } from '#main/reward/reviewRule.ts'
import { balanced } from '#main/train/balance.ts'
import type { TrainingLine } from '#main/train/stages/context.ts'
import { tinyProject } from '../engine/tinyProject.ts'
import type { TinyProject } from '../engine/tinyProject.ts'
import { runStage } from './runStage.ts'

/** A policy that has half learnt one reflective path by heart: what it samples is often that path to the letter. */
let project: TinyProject
let line: TrainingLine
beforeAll(async () => {
  project = await tinyProject(1)
  line = project.lines[0] as TrainingLine
  await runStage(project, 'by-heart', { stage: 'coldStart', config: { learningRate: 5e-3, batchSize: 1, epochs: 100, trainVision: true } }, { keep: true })
})

const settings = (config: object = {}) => ({ stage: 'reflective', config: { samplesPerItem: 24, keepPerItem: 8, temperature: 0.5, learningRate: 1e-4, batchSize: 4, ...config } })
const opinion = (value: 'kept' | 'vetoed'): TrainingLine[] => [{ ...line, opinions: Object.fromEntries(line.trajectories.map(({ id }) => [id, value])) }]
const copies = (lines: TrainingLine[], count: number): TrainingLine[] =>
  lines.map((one) => ({ ...one, trajectories: one.trajectories.flatMap((path) => Array.from({ length: count }, () => path)) }))

test('a path people rejected is never kept, however often it is sampled', async () => {
  const plain = await runStage(project, 'plain', settings()).catch((error: unknown) => error as Error)
  expect(String(plain)).toMatch(/Only [1-8] of 24 sampled paths/)
  const vetoed = await runStage(project, 'vetoed', settings(), { lines: opinion('vetoed') }).catch((error: unknown) => error as Error)
  expect(String(vetoed)).toContain('Only 0 of 24 sampled paths')
})

test('paths people confirmed are learnt though nothing sampled is', async () => {
  const { result, losses } = await runStage(project, 'confirmed', settings({ temperature: 1.9, samplesPerItem: 1 }), { lines: copies(opinion('kept'), 4) })
  expect(result?.summary).toMatchObject({ confirmed: 4, sampled: 1 })
  expect(losses.get(1)?.['loss']).toBeGreaterThan(0)
})

test('people’s marks decide what the rule cannot see', () => {
  const right = { correct: 1, format: 1, reflective: true }
  const cases = [
    [{ verdict: null, markedReflective: null, reward: right }, null],
    [{ verdict: 'reject', markedReflective: true, reward: right }, 'vetoed'],
    [{ verdict: 'accept', markedReflective: false, reward: right }, 'vetoed'],
    [{ verdict: 'accept', markedReflective: null, reward: right }, 'kept'],
    [{ verdict: 'accept', markedReflective: null, reward: { ...right, reflective: false } }, null],
    [{ verdict: null, markedReflective: true, reward: { ...right, reflective: false } }, 'kept'],
    [{ verdict: null, markedReflective: true, reward: { ...right, correct: 0 } }, null],
    [{ verdict: null, markedReflective: true, reward: null }, null],
    [{ verdict: 'accept', markedReflective: true, reward: null }, 'kept']
  ] as const
  for (const [standing, expected] of cases) expect(reviewOpinion({ ...standing, finishReason: 'answered' })).toBe(expected)
  for (const [standing] of cases) expect(reviewOpinion({ ...standing, finishReason: 'cut' })).toBeNull()
})

test('rare tasks are repeated up to their share, nothing is left out', () => {
  const tasks = (counts: Record<string, number>): string[] => Random.seeded(2).shuffled(Object.entries(counts).flatMap(([task, count]) => Array.from({ length: count }, () => task)))
  const shares = (entries: string[], share: number): Record<string, number> => {
    const all = balanced(entries, (task) => task, share)
    return Object.fromEntries([...new Set(all)].sort().map((task) => [task, all.filter((other) => other === task).length]))
  }
  expect(shares(tasks({ a: 80, b: 15, c: 5 }), 0)).toEqual({ a: 80, b: 15, c: 5 })
  // 80 are left for 60 %: 133.3 in all, of which each rare task has a fifth.
  expect(shares(tasks({ a: 80, b: 15, c: 5 }), 0.2)).toEqual({ a: 80, b: 27, c: 27 })
  expect(shares(tasks({ a: 80, b: 15, c: 5 }), 1)).toEqual({ a: 80, b: 80, c: 80 })
  expect(shares(tasks({ a: 3, b: 3 }), 0.5)).toEqual({ a: 3, b: 3 })
  expect(shares([], 0.5)).toEqual({})
})
