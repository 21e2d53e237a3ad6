// The main job as a person does it, in the program that `npm start` opens: import real data, generate, cold start to the
// end, roll out, open a path, move a box, undo, mark it reflective, end the program, start it again: everything is there.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import { TrainPage } from './pages/trainPage.ts'

const START = join(import.meta.dirname, '..', '..', 'scripts', 'start.mjs')
const REAL_QUESTIONS = 9
const GENERATED = 24

let folder: string
let program: ChildProcess
let browser: BrowserContext
let page: Page
const faults: string[] = []
/** While the program is away its page says that the connection is refused, as it should. */
let away = false

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-walk-'))
  browser = await openBrowser()
  page = await browser.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !away) faults.push(message.text())
  })
})

afterAll(async () => {
  await browser?.close()
  await end()
  await rm(folder, { recursive: true, force: true })
})

/** Starts the program as `npm start` does; resolves to the address it prints. */
async function start(): Promise<string> {
  program = spawn(process.execPath, [START, folder, '--browser'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let said = ''
    program.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const address = /Open (http:\/\/\S+)/.exec(said)?.[1]
      if (address !== undefined) resolve(address)
    })
    program.once('exit', (code) => reject(new Error(`the program ended with ${code}: ${said}`)))
  })
}

async function end(): Promise<void> {
  if (program === undefined || program.exitCode !== null) return
  const gone = new Promise((resolve) => program.once('exit', resolve))
  program.kill('SIGTERM')
  await gone
}

it('walks the main job and finds everything again', async () => {
  const data = new DataPage(page)
  await data.open(await start())
  await data.go('data')
  expect(await data.importSample()).toBe('finished')
  await data.waitForTotal(REAL_QUESTIONS)
  expect(await data.generate({ generator: 'Count', count: GENERATED, seed: 7, split: 'train' })).toBe('finished')
  await data.waitForTotal(REAL_QUESTIONS + GENERATED)

  const training = new TrainPage(page)
  await training.go('train')
  await training.start('Cold start', { epochs: 2, batchSize: 8 })
  expect(await training.end(300_000)).toBe('finished')
  expect(await training.points('loss')).toBe((2 * GENERATED) / 8)

  await data.go('data')
  await data.search('plaza')
  await data.waitForTotal(1)
  await data.openItem(0)
  expect(await data.at('item-frame').count()).toBe(16)
  await data.search('How many')
  await data.openItem(REAL_QUESTIONS)
  expect(await data.prelabelItem(2)).toBe('finished')

  const edited = await editTeacherPath()
  away = true
  await end()

  await data.open(await start())
  away = false
  await data.go('data')
  await data.waitForTotal(REAL_QUESTIONS + GENERATED)
  await data.go('train')
  expect(await training.at('run-row').count()).toBe(1)
  await page.goto(`${new URL(page.url()).origin}/#/review/${edited.id}`)
  const review = new ReviewPage(page)
  await review.ready()
  expect(await review.versionCount()).toBe(edited.versions)
  expect(await review.shapes()).toEqual(edited.shapes)
  expect(await review.isReflective()).toBe(true)
  expect(faults).toEqual([])
})

/** Opens a scripted path, moves its first box with the mouse, undoes that, moves it elsewhere and marks the path reflective. */
async function editTeacherPath(): Promise<{ id: string; versions: number; shapes: Awaited<ReturnType<ReviewPage['shapes']>> }> {
  const review = new ReviewPage(page)
  await review.go('review')
  await review.choose('path-origin', 'teacher')
  await review.openPath(0)
  await review.chooseStep(0)
  const before = await review.shapes()
  const [x1, y1, x2, y2] = before[0]?.numbers ?? [0, 0, 0, 0]
  const middle: [number, number] = [(x1 + x2) / 2, (y1 + y2) / 2]
  await review.drag(middle, [middle[0] + 5, middle[1] + 3])
  await review.saved()
  expect((await review.shapes())[0]?.numbers).not.toEqual(before[0]?.numbers)
  await review.undo()
  await review.saved()
  expect(await review.shapes()).toEqual(before)
  await review.redo()
  await review.saved()
  await review.markReflective()
  await review.saved()
  return { id: review.pathId(), versions: await review.versionCount(), shapes: await review.shapes() }
}
