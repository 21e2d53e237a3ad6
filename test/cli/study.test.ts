import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { StudySeed, readArms } from '#main/cli/studyArms.ts'
import { withProject } from '#main/cli/session.ts'
import { picturesOf, renderStudyMarkdown, renderStudyPage } from '#main/evaluate/studyPages.ts'
import { scaledStudy, StudyPlan } from '#main/evaluate/studyPlan.ts'
import { type ArmResult, sampledScores, spreadOf, type Study } from '#main/evaluate/studyResult.ts'
import { accuracyTable, publishedTable } from '#main/evaluate/studyTables.ts'
import { resourcesFolder } from '#main/jobs/workshop.ts'
import { listRuns } from '#main/store/runs.ts'
import type { EvaluatedPath } from '#main/evaluate/metrics.ts'

const shipped = StudyPlan.parse(JSON.parse(await readFile(join(resourcesFolder(), 'presets/study/pocket.json'), 'utf8')))

const lesson = { generator: 'maze', count: 4, teacherPaths: true, reflectiveShare: 0 } as const
const small = StudyPlan.parse({
  ...shipped, tasks: ['maze'], lessons: [lesson], questions: [], heldOut: [{ ...lesson, count: 2, teacherPaths: false }],
  greedy: { limitPerTask: 2 }, sampled: { limitPerTask: 1, samplesPerItem: 2, temperature: 1 },
  arms: [
    { name: 'base', label: 'base', from: null, settings: null },
    { name: 'cold', label: 'cold start', from: null, settings: { stage: 'coldStart', config: { batchSize: 4 } } }
  ],
  published: [{ what: 'steps', arm: 'cold', against: 'base', measure: 'steps', change: 0.5 }]
})

describe('the plan', () => {
  test('the shipped one compares rows that exist and teaches before it samples', () => {
    expect(shipped.arms.map(({ name }) => name)).toContain('full')
    expect(() => StudyPlan.parse({ ...shipped, arms: shipped.arms.toReversed() })).toThrow(/no row before it/)
    const late = [...shipped.arms.filter(({ name }) => name !== 'answers'), ...shipped.arms.filter(({ name }) => name === 'answers')]
    expect(() => StudyPlan.parse({ ...shipped, arms: late })).toThrow(/must come before the rows that sample/)
    expect(() => StudyPlan.parse({ ...shipped, published: [{ what: '', arm: 'nobody', against: 'full', measure: 'steps', change: 1 }] })).toThrow(/no row nobody/)
  })

  test('less time shrinks data and steps and never grows them', () => {
    const tenth = scaledStudy(shipped, shipped.minutes / 10)
    const steps = (plan: StudyPlan) => plan.arms.flatMap(({ settings }) => (settings?.stage === 'grpo' ? [settings.config.steps] : []))
    expect(tenth.lessons.map(({ count }) => count)).toEqual(shipped.lessons.map(({ count }) => Math.round(count / 10)))
    expect(steps(tenth)).toEqual(steps(shipped).map((count) => Math.round(count / 10)))
    expect(scaledStudy(shipped, shipped.minutes * 9)).toEqual({ ...shipped, minutes: shipped.minutes * 9 })
  })
})

describe('scores', () => {
  const reward = { total: 0, format: 1, reflective: false, referenceReflective: false, extractedAnswer: null, explanation: '' }
  const path = (itemId: string, task: string, correct: number): EvaluatedPath & { itemId: string } => (
    { itemId, item: { task, truth: [], images: [] }, trajectory: { steps: [], modelSizes: [] }, reward: { ...reward, correct } })

  test('pass@k counts an item right when any of k paths is exactly right, tasks weighing the same', () => {
    const scores = sampledScores([
      path('a', 'maze', 1), path('a', 'maze', 0), path('b', 'maze', 0), path('b', 'maze', 0), path('c', 'count', 0.9), path('c', 'count', 1)
    ], 2)
    expect(scores.pass).toEqual([{ task: 'count', curve: [0.5, 1] }, { task: 'maze', curve: [0.25, 0.5] }])
    expect(scores.overallPass).toEqual([0.375, 0.75])
    expect(scores.overall.accuracy).toBeCloseTo((0.25 + 0.95) / 2, 12)
  })

  const result = (arm: string, seed: number, steps: number, accuracy: number): ArmResult => {
    const score = { task: 'maze', items: 2, accuracy, format: 1, reflectionRate: 0, grounding: null, steps, boxes: 0, lines: 1, responseTokens: 9 }
    const greedy = { scores: [score], overall: { ...score, task: 'overall' } }
    return {
      arm, seed, note: null, trainSeconds: null, scoreSeconds: 1, summary: {}, metrics: [], samples: [],
      scores: { greedy, sampled: { ...greedy, samplesPerItem: 2, pass: [], overallPass: [0.25, 0.5] } }
    }
  }
  const study: Study = {
    plan: small, machine: 'one', version: '0', threads: 1, createdAt: '2026-01-01T00:00:00.000Z',
    results: [result('base', 1, 1, 0.25), result('base', 2, 1, 0.75), result('cold', 1, 2, 0.5), result('cold', 2, 4, 0.5), { ...result('cold', 3, 9, 1), scores: null, note: 'nothing <kept>' }]
  }

  test('mean and unbiased spread over the seeds that have scores', () => {
    expect(spreadOf(study, 'base', ({ greedy }) => greedy.overall.accuracy)).toEqual({ mean: 0.5, deviation: Math.sqrt(0.125), values: [0.25, 0.75] })
    expect(accuracyTable(study)[1]?.slice(0, 2)).toEqual(['base', '0.500 ± 0.354'])
    expect(publishedTable(study)[1]).toEqual(['steps: cold start against base', '+50.0 %', '+200.0 % (1.00 to 3.00)', 'yes'])
  })

  test('the pages hold every table, say what had nothing to learn, and escape it', () => {
    const pictures = picturesOf(study, () => '')
    expect(renderStudyMarkdown(study, pictures)).toContain('cold start, seed 3: nothing <kept>')
    const page = renderStudyPage(study, pictures)
    expect(page).toContain('nothing &lt;kept&gt;')
    expect(page.match(/<table>/g)).toHaveLength(4)
    expect(pictures.map(({ name }) => name)).toEqual(['ablation.svg', 'pass-at-k.svg', 'curves-supervised.svg', 'curves-reinforcement.svg'])
  })
})

test('runs the rows of a seed and, interrupted, keeps what was finished', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-study-'))
  const plan = { ...small, arms: small.arms.filter(({ name }) => name === 'cold') }
  const options = { create: true, threads: 1, json: true }
  const run = (): Promise<number> => withProject(folder, options, async (session) => {
    const quiet = { ...session, output: { ...session.output, json: false, event: () => {}, line: () => {}, progress: () => {} } }
    await new StudySeed(quiet, plan, 3).run()
    return listRuns(session.workshop.project).length
  })
  expect(await run()).toBe(1)
  const first = await readArms(folder, plan)
  expect(first.map(({ arm }) => arm)).toEqual(['cold'])
  expect(first[0]?.scores?.sampled.pass.map(({ task, curve }) => [task, curve.length])).toEqual([['maze', 2]])
  expect(first[0]?.metrics).toHaveLength(1)

  const pictures = picturesOf({ plan, machine: '', version: '', threads: 1, results: first, createdAt: '2026-01-01T00:00:00.000Z' }, () => 'data:,')
  expect(pictures.map(({ name }) => name)).toContain('path-01.svg')
  for (const { name, svg } of pictures) expect((await sharp(Buffer.from(svg)).metadata()).format, name).toBe('svg')

  await rm(join(folder, 'arms/cold.json'))
  expect(await run(), 'the finished run is scored again, not trained again').toBe(1)
  const second = await readArms(folder, plan)
  expect(second[0]?.scores).toEqual(first[0]?.scores)
  expect(existsSync(join(folder, 'arms/cold.json.part'))).toBe(false)
  await rm(folder, { recursive: true })
}, 300_000)
