// A real training goes on while a person draws, undoes, redoes and judges the very paths it learns from; the studio is restarted, then
// killed between two edits. No edit is lost, the training goes on from where it was, and its numbers are those of the same run undisturbed.
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import Database from 'better-sqlite3'
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { SightlineClient } from '#shared/contract/contract.ts'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import type { RunId, TrajectoryId } from '#shared/domain/ids.ts'
import { unpackMetrics } from '#shared/domain/metricColumns.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { openBrowser } from '../browser.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import { TrainPage } from './pages/trainPage.ts'
import { clientOf, untilStep } from './programClient.ts'
import { killProgram, makeReviewProject, type ReviewProject, startProgram } from './reviewProject.ts'

let project: ReviewProject
const rendererFolder = inject('rendererFolder')
let program: ChildProcess
let url: string
let client: SightlineClient
let browser: BrowserContext
let review: ReviewPage

beforeAll(async () => {
  project = await makeReviewProject()
  browser = await openBrowser({ width: 1920, height: 1080 })
  review = new ReviewPage(await browser.newPage())
  await start()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await killProgram(program)
  await rm(project.folder, { recursive: true, force: true })
})

/** Starts the program and opens it in the browser. */
async function start(): Promise<void> {
  ({ url, program } = await startProgram(project.folder, rendererFolder))
  client = clientOf(url)
  await review.open(url)
}

async function train(): Promise<RunId> {
  const [base] = await client.models.list()
  if (base === undefined) throw new Error('the project has no base model')
  const settings = StageConfig.parse({ stage: 'coldStart', config: { epochs: 100, batchSize: 1 } })
  return (await client.training.start({ settings, preset: null, startCheckpointId: base.id, tasks: ['relation'], prompt: 'pocket', drawStyle: 'pocket' })).runId
}

async function untilStepOf(runId: RunId, step: number): Promise<void> {
  const { jobId } = await client.training.run({ runId })
  if (jobId === null) throw new Error('the run has no job')
  await untilStep(client, jobId, step)
}

const statusOf = async (runId: RunId): Promise<string> => (await client.training.run({ runId })).status
const stepOf = async (runId: RunId): Promise<number> => (await client.training.run({ runId })).step

async function stopNow(runId: RunId): Promise<void> {
  await client.training.stopNow({ runId })
  await expect.poll(() => statusOf(runId), { timeout: 60_000 }).toBe('stopped')
}

/** Draws a box on the path's first step, takes it back, brings it again, and judges; the path as it is stored then. */
async function edit(id: string, corner: number): Promise<TrajectoryId> {
  await review.openAddress(new URL(url).origin, id)
  await review.chooseStep(0)
  const before = (await review.shapes()).length
  await review.drawBox([corner, corner], [corner + 24, corner + 20])
  await review.until((shapes) => shapes.length === before + 1)
  await review.undo()
  await review.until((shapes) => shapes.length === before)
  await review.redo()
  await review.until((shapes) => shapes.length === before + 1)
  await review.markReflective()
  await review.saved()
  return review.pathId() as TrajectoryId
}

/** What of a run's numbers does not depend on the clock, by step. */
async function figures(runId: RunId, upTo: number): Promise<number[][]> {
  const { steps, columns } = unpackMetrics(await client.training.metrics({ runId }))
  return [...steps].filter((step) => step <= upTo).map((step, row) => [step, ...['loss', 'gradNorm', 'learningRate'].map((name) => columns.get(name)?.[row] ?? NaN)])
}

const frozen = async (runId: RunId): Promise<string> => readFile(join(project.folder, 'runs', runId, 'dataset.jsonl'), 'utf8')

it('loses no edit and changes no number of the run', async () => {
  const undisturbed = await train()
  await untilStepOf(undisturbed, 1)
  await stopNow(undisturbed)
  const disturbed = await train()
  await untilStepOf(disturbed, 1)
  const data = await frozen(disturbed)
  expect(data).toBe(await frozen(undisturbed))

  const { rows } = await client.trajectories.list({ filter: TrajectoryFilter.parse({ task: 'relation' }), page: {} })
  expect(rows.every(({ id }) => data.includes(id))).toBe(true)
  const first = await edit(rows[0]?.id ?? '', 20)
  expect([await statusOf(disturbed), data.includes(first)]).toEqual(['running', false])
  const [shapes, reflective] = [await review.shapes(), await review.isReflective()]

  // A restart ends the run where it is; the person lets it go on on the Train page.
  await killProgram(program, 'SIGTERM')
  const ended = await start().then(() => stepOf(disturbed))
  await review.go('train')
  const training = new TrainPage(review.page)
  await training.at('run-row').first().click()
  await training.at('run-resume').click()
  await training.reach(['running'])
  await untilStepOf(disturbed, ended + 1)
  await review.openAddress(new URL(url).origin, first)
  await review.chooseStep(0)
  expect(await review.shapes()).toEqual(shapes)
  expect(await review.isReflective()).toBe(reflective)

  // Killed between two edits, while it trains.
  const second = await edit(rows[1]?.id ?? '', 40)
  expect(await statusOf(disturbed)).toBe('running')
  await killProgram(program)
  const database = new Database(join(project.folder, 'project.sqlite'), { readonly: true })
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
  await start()
  const killed = await stepOf(disturbed)
  await review.openAddress(new URL(url).origin, second)
  await review.chooseStep(0)
  await review.until((found) => found.some(({ numbers }) => Math.abs(numbers[0] - 40) < 3))
  // The mark first, then the box.
  for (let times = 0; times < 2; times++) await review.undo()
  await review.until((found) => !found.some(({ numbers }) => Math.abs(numbers[0] - 40) < 3))
  await review.saved()
  await client.training.resume({ runId: disturbed })
  await untilStepOf(disturbed, killed + 1)
  await stopNow(disturbed)

  const last = await stepOf(disturbed)
  await client.training.resume({ runId: undisturbed })
  await untilStepOf(undisturbed, last)
  await stopNow(undisturbed)
  const found = await figures(disturbed, last)
  expect(found).toHaveLength(last)
  expect(found).toEqual(await figures(undisturbed, last))
  expect(await frozen(disturbed)).toBe(data)
})
