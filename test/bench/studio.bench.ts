// How soon the studio is there: from the start of the program to a page that answers, in a large project; a long run's page; fifty
// curves while their runs go on. `node test/bench/studio.bench.ts [items] [steps of the long run]`. Chromium renders in software here.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { freezeDataset } from '#main/store/datasetVersions.ts'
import { insertItems } from '#main/store/items.ts'
import { appendMetrics } from '#main/store/metrics.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'
import { insertRun } from '#main/store/runs.ts'
import { type DatasetVersionId, ItemId, JobId, newId, type RunId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { openBrowser } from '../browser.ts'
import { buildRenderer } from '../e2e/builtRenderer.ts'
import { killProgram, startProgram } from '../e2e/reviewProject.ts'
import { TrainPage } from '../e2e/pages/trainPage.ts'
import { imageRef, makeCheckpoint, makeItem, makeRun } from '../store/fixtures.ts'
import { PageWork, processorMs } from './workDone.ts'

const [itemCount = 100_000, stepCount = 20_000] = process.argv.slice(2).map(Number)
const RUNS = 5
const LIVE_STEPS = 1000
const TICK_MS = 100
const TICKS = 50
/** Ten numbers on ten charts: with five runs laid over each other fifty curves. */
const NUMBERS = ['reward', 'correct', 'format', 'reflectionRate', 'steps', 'responseTokens', 'loss', 'entropy', 'kl', 'gradNorm']
const random = Random.seeded(7, 'studio bench')

const valuesOf = (step: number): Record<string, number> => Object.fromEntries(NUMBERS.map((name, i) => [name, Math.sin(step / (40 + i * 9)) + random.uniform()]))

function fill(project: ProjectWriter): void {
  for (let from = 0; from < itemCount; from += 1000) {
    insertItems(project, Array.from({ length: Math.min(1000, itemCount - from) }, (_, i) => makeItem({
      id: newId(ItemId), task: random.pick(['maze', 'relation', 'count']), question: `Question ${from + i}: which letter?`, images: [imageRef(from + i)]
    })))
  }
  const [start, version] = startingPoint(project)
  addRun(project, version, start, stepCount, { status: 'finished', totalSteps: stepCount })
}

function startingPoint(project: ProjectWriter): [checkpoint: TrainingRun['startCheckpointId'], version: DatasetVersionId] {
  const checkpoint = makeCheckpoint()
  insertCheckpoint(project, checkpoint)
  return [checkpoint.id, freezeDataset(project, { name: 'bench', itemIds: [], trajectoryIds: [] }).id]
}

function addRun(project: ProjectWriter, version: DatasetVersionId, start: TrainingRun['startCheckpointId'], steps: number, change: Partial<TrainingRun>): RunId {
  const run = makeRun(version, start, { step: steps, createdAt: new Date().toISOString(), ...change })
  insertRun(project, run)
  project.transaction(() => { for (let step = 0; step < steps; step++) appendMetrics(project, run.id, { step, seconds: 1, values: valuesOf(step) }) })
  return run.id
}

const say = (what: string, value: string): void => { console.log(`${what.padEnd(64)} ${value}`) }
const inMs = (ms: number): string => `${ms.toFixed(0)} ms`

/** What a page did since `before`, and what the program did for it. */
async function sayWork(what: string, work: PageWork, program: number, before = { ms: 0, requests: 0, bytes: 0 }): Promise<void> {
  const { ms, requests, bytes } = await work.sum()
  say(what, `program ${inMs(program)}, page ${inMs(ms - before.ms)} of processor; ${requests - before.requests} requests, ${((bytes - before.bytes) / 1024).toFixed(0)} KiB`)
}

/** The program as a process of its own, twice: the first start reads everything from disk and may have to compile it, the second finds it there. */
async function measureStart(folder: string, rendererFolder: string): Promise<void> {
  for (const which of ['first start', 'second start']) {
    const browser = await openBrowser()
    const page = await browser.newPage()
    const work = await PageWork.of(page)
    const from = performance.now()
    const { url, program } = await startProgram(folder, rendererFolder)
    const [serving, starting] = [performance.now() - from, processorMs(program.pid)]
    try {
      await page.goto(url)
      await page.locator('[data-testid=status-connection][data-state=open]').waitFor()
      await page.locator('[data-testid=items-row][data-index="3"] [data-testid=tick]').waitFor()
      say(`${which}: program serves / first page lists its items`, `${inMs(serving)} / ${inMs(performance.now() - from)}`)
      say('  until it serves', `program ${inMs(starting)} of processor`)
      await sayWork('  for the first page', work, processorMs(program.pid) - starting)
    } finally {
      await browser.close()
      // Told to end, Node keeps what it compiled.
      await killProgram(program, 'SIGTERM')
    }
  }
}

/** From here on program and benchmark are one process: what it took is nearly all the program's. */
const ownMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function measureLongRun(page: Page, train: TrainPage, work: PageWork): Promise<void> {
  const [before, own] = [await work.sum(), ownMs()]
  const from = performance.now()
  await train.go('train')
  await train.waitForPoints('loss', stepCount)
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve) }) }))
  say(`a run of ${stepCount} steps with ${NUMBERS.length} numbers: page opened, curves drawn`, inMs(performance.now() - from))
  await sayWork('  for it', work, ownMs() - own, before)
}

/** Five runs laid over each other, one of them going on: how long the frames of the page take. */
async function measureLive(page: Page, train: TrainPage, studio: Studio, work: PageWork): Promise<void> {
  const { workshop: { project, runner } } = studio
  const [start, version] = startingPoint(project)
  for (let i = 1; i < RUNS; i++) addRun(project, version, start, LIVE_STEPS, { status: 'finished' })
  const jobId = newId(JobId)
  runner.log.create({ id: jobId, kind: 'train', title: 'grpo', status: 'running', progress: null, error: null, runId: null, createdAt: new Date().toISOString(), finishedAt: null })
  const runId = addRun(project, version, start, LIVE_STEPS, { status: 'running', jobId })
  runner.log.append(jobId, { kind: 'run', runId, stage: 'grpo' })
  await page.reload()
  await train.at('run-row').first().click()
  await train.waitForPoints('loss', LIVE_STEPS)
  await train.at('curves-compare').click()
  const options = page.locator('.el-select-dropdown').getByRole('option')
  for (let i = 0; i < RUNS - 1; i++) await options.nth(i).click()
  await page.keyboard.press('Escape')
  await page.locator('[data-testid=chart-loss]').scrollIntoViewIfNeeded()
  const [before, own] = [await work.sum(), ownMs()]
  const frames = page.evaluate((ms) => new Promise<number[]>((resolve) => {
    const times: number[] = []
    const begun = performance.now()
    let last = begun
    const next = (now: number): void => {
      times.push(now - last)
      last = now
      if (now - begun < ms) requestAnimationFrame(next)
      else resolve(times.sort((a, b) => a - b))
    }
    requestAnimationFrame(next)
  }), TICKS * TICK_MS)
  let told = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const values = valuesOf(LIVE_STEPS + told)
      appendMetrics(project, runId, { step: LIVE_STEPS + told, seconds: 1, values })
      runner.log.append(jobId, { kind: 'metrics', runId, step: LIVE_STEPS + told, values })
      if (++told < TICKS) return
      clearInterval(timer)
      resolve()
    }, TICK_MS)
  })
  const times = await frames
  const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN).toFixed(1)
  await train.waitForPoints('loss', LIVE_STEPS + TICKS)
  say(`${RUNS} runs x ${NUMBERS.length} charts, a step every ${TICK_MS} ms: frames`, `median ${at(0.5)} ms, 95 % under ${at(0.95)} ms, longest ${at(1)} ms`)
  await sayWork(`  for ${TICKS} steps`, work, ownMs() - own, before)
}

const folder = await mkdtemp(join(tmpdir(), 'sightline-studio-bench-'))
const [projectFolder, rendererFolder] = [join(folder, 'project'), join(folder, 'renderer')]
try {
  await buildRenderer(rendererFolder)
  const project = createProject(projectFolder, 'bench')
  fill(project)
  project.close()
  console.log(`${itemCount} items, a run of ${stepCount} steps`)
  await measureStart(projectFolder, rendererFolder)
  const studio = await openStudio({ folder: projectFolder, rendererFolder, endpoints: new EndpointStore(join(folder, 'endpoints')) })
  const server = await serveStudio(studio, { port: 0 })
  const browser = await openBrowser({ width: 1920, height: 1080 })
  try {
    const page = await browser.newPage()
    const train = new TrainPage(page)
    await train.open(server.url)
    const work = await PageWork.of(page)
    await measureLongRun(page, train, work)
    await measureLive(page, train, studio, work)
  } finally {
    await browser.close()
    await server.close()
    await studio.close()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
