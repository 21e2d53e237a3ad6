// Every action of the keymap by its key alone: each has a proof here, and a new action without one fails.
import { rm } from 'node:fs/promises'
import type { ChildProcess } from 'node:child_process'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { KEYMAP, type Scope } from '../../src/renderer/keymap.ts'
import { openBrowser } from '../browser.ts'
import { ReviewPage, type ShapeNumbers } from './pages/reviewPage.ts'
import { killProgram, makeReviewProject, PHOTO_MODEL, type ReviewProject, startProgram } from './reviewProject.ts'

let project: ReviewProject
const rendererFolder = inject('rendererFolder')
let program: ChildProcess
let origin: string
let browser: BrowserContext
let page: Page
let review: ReviewPage

beforeAll(async () => {
  project = await makeReviewProject()
  const started = await startProgram(project.folder, rendererFolder)
  program = started.program
  origin = new URL(started.url).origin
  browser = await openBrowser({ width: 1920, height: 1080 })
  page = await browser.newPage()
  page.setDefaultTimeout(15_000)
  review = new ReviewPage(page)
  await review.open(started.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await killProgram(program)
  await rm(project.folder, { recursive: true, force: true })
})

/** Presses the key of an action as the table has it. */
async function press(name: string, which = 0): Promise<void> {
  const [scope, action = ''] = name.split('.') as [Scope, string]
  const keys: Readonly<Record<string, readonly string[]>> = KEYMAP[scope]
  await page.keyboard.press((keys[action]?.[which] ?? '').replace('$mod', 'Control'))
}

/** The photograph's path at a step, nothing chosen. */
async function start(step = 0): Promise<ShapeNumbers[]> {
  await review.openAddress(origin, project.photoPath)
  await page.keyboard.press('Escape')
  while (await chosenStep() > 0) await press('review.previousStep')
  for (let at = 0; at < step; at++) await press('review.nextStep')
  return review.shapes()
}

const settings = async (name: string): Promise<unknown> => page.evaluate((wanted) => (JSON.parse(localStorage.getItem('sightline.canvas') ?? '{}') as Record<string, unknown>)[wanted], name)
const viewport = async (): Promise<number[]> => ((await review.at('canvas').getAttribute('data-view')) ?? '').split(' ').map(Number)
const chosenShape = async (): Promise<string | null> => page.locator('[data-testid=shapes-row].active').getAttribute('data-index', { timeout: 5000 })
const chosenCount = async (count: number): Promise<void> => { await expect.poll(() => review.at('shapes').locator('[aria-selected=true]').count()).toBe(count) }
const chosenStep = async (): Promise<number> => review.at('step').evaluateAll((steps) => steps.findIndex((step) => (step as HTMLElement).dataset['chosen'] === 'true'))
const picture = async (): Promise<string | null> => page.locator('[data-testid=picture-tabs] [aria-selected=true]').getAttribute('data-testid')

function opens(name: string, testid: string): [string, () => Promise<void>] {
  return [name, async () => {
    await start()
    await press(name)
    await review.at(testid).waitFor()
    await page.keyboard.press('Escape')
    await review.at(testid).waitFor({ state: 'hidden' })
  }]
}

function takes(tool: string, testid: string): [string, () => Promise<void>] {
  return [`canvas.${tool}`, async () => {
    await start()
    await press(tool === 'toolSelect' ? 'canvas.toolPan' : 'canvas.toolSelect')
    await press(`canvas.${tool}`)
    expect(await review.at(testid).getAttribute('aria-pressed')).toBe('true')
  }]
}

function switches(name: string): [string, () => Promise<void>] {
  return [`canvas.${name}`, async () => {
    await start()
    await press(`canvas.${name}`)
    const now = await settings(name)
    await press(`canvas.${name}`)
    expect([typeof now, await settings(name)]).toEqual(['boolean', !(now as boolean)])
  }]
}

/** An edit by key of a shape of the first step (1: the first), and what the shapes are then; undone by key. */
function edits(name: string, becomes: (before: readonly ShapeNumbers[], now: readonly ShapeNumbers[]) => boolean, chosen = 1, which = 0): [string, () => Promise<void>] {
  return [`canvas.${name}`, async () => {
    const before = await start()
    for (let at = 0; at < chosen; at++) await press('canvas.nextShape')
    await press(`canvas.${name}`, which)
    await review.until((now) => becomes(before, now))
    await review.undo()
    expect(await review.until((now) => JSON.stringify(now) === JSON.stringify(before))).toEqual(before)
    await review.saved()
  }]
}

/** The view after an action, from the fitted picture. */
function views(name: string, becomes: (before: number[], now: number[]) => boolean): [string, () => Promise<void>] {
  return [`canvas.${name}`, async () => {
    await start()
    await press('canvas.fit')
    const before = await viewport()
    await press(`canvas.${name}`)
    expect(becomes(before, await viewport())).toBe(true)
  }]
}

/** A word about the open path, taken back by undo. */
function says(name: string, shown: string, after?: string): [string, () => Promise<void>] {
  return [`review.${name}`, async () => {
    await start()
    if (after !== undefined) await press(after)
    await press(`review.${name}`)
    await page.locator(shown).first().waitFor()
    await review.undo()
    await page.locator(shown).first().waitFor({ state: 'detached' })
    await review.saved()
  }]
}

function judges(verdict: 'accept' | 'reject'): [string, () => Promise<void>] {
  return [`review.${verdict}`, async () => {
    await start()
    await press(`review.${verdict}`)
    await review.saved()
    await review.openAddress(origin, project.photoPath)
    await review.at('verdict-bar').and(page.locator(`[data-verdict=${verdict}]`)).waitFor()
  }]
}

async function proofOf(name: string): Promise<void> {
  await proofs.get(name)?.()
}

const x1 = (shapes: readonly ShapeNumbers[]): number => shapes[0]?.numbers[0] ?? NaN
const added = (kind: string) => (before: readonly ShapeNumbers[], now: readonly ShapeNumbers[]): boolean => now.length === before.length + 1 && now.at(-1)?.kind === kind

const proofs = new Map<string, () => Promise<void>>([
  ...(['data', 'review', 'train', 'evaluate', 'models'] as const).map((name, i): [string, () => Promise<void>] => [`global.page${i + 1}`, async () => {
    await press(`global.page${i + 1}`)
    await review.at(`page-${name}`).waitFor()
  }]),
  opens('global.help', 'shortcut-sheet'), opens('global.prelabel', 'prelabel-dialog'),
  ['data.tick', async () => {
    await review.go('data')
    await review.at('items').focus()
    await page.keyboard.press('Home')
    await press('data.tick')
    await review.at('bulk-bar').and(page.locator('[data-count="1"]')).waitFor()
    await press('data.tick')
    await review.at('bulk-bar').waitFor({ state: 'hidden' })
  }],
  ['data.tickAll', async () => {
    await review.at('items').focus()
    await press('data.tickAll')
    await review.at('bulk-bar').and(page.locator('[data-count="3"]')).waitFor()
    await page.reload()
    await review.at('page-data').waitFor()
  }],
  ['data.trash', async () => {
    await review.at('items').focus()
    await page.keyboard.press('End')
    await review.at('item-picture').first().waitFor()
    const total = Number(await review.at('item-count').getAttribute('data-total'))
    await press('data.trash')
    await review.at('item-count').and(page.locator(`[data-total="${total - 1}"]`)).waitFor()
  }],
  takes('toolBox', 'tool-box'), takes('toolLine', 'tool-line'), takes('toolPan', 'tool-pan'), takes('toolSelect', 'tool-select'),
  edits('addBox', added('box')), edits('addLine', added('line')), edits('duplicate', added('box')),
  edits('remove', (before, now) => now.length === before.length - 1), edits('pick', (before, now) => now[0]?.label !== before[0]?.label, 1, 1),
  edits('later', (before, now) => now[0]?.label === before[1]?.label), edits('earlier', (before, now) => now[0]?.label === before[1]?.label, 2),
  edits('nudge', (before, now) => x1(now) === x1(before) - 1), edits('nudge10', (before, now) => x1(now) === x1(before) - 10),
  edits('resize', (before, now) => now[0]?.numbers[2] === (before[0]?.numbers[2] ?? 0) - 1),
  ['canvas.clip', async () => {
    await start(2)
    await press('canvas.nextShape')
    await press('canvas.clip')
    await review.until((shapes) => shapes[0]?.numbers[2] === PHOTO_MODEL.width)
  }],
  ['canvas.undo', async () => { await proofOf('canvas.addBox') }],
  ['canvas.redo', async () => {
    const before = await start()
    await press('canvas.addLine')
    await review.until((shapes) => shapes.length > before.length)
    await press('canvas.undo')
    await review.until((shapes) => shapes.length === before.length)
    await press('canvas.redo')
    await review.until((shapes) => shapes.length > before.length)
  }],
  ['canvas.relabel', async () => {
    await start()
    await press('canvas.nextShape')
    await press('canvas.relabel')
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('shape-label')
    await page.keyboard.press('Escape')
  }],
  ['canvas.nextShape', async () => {
    await start()
    await press('canvas.nextShape')
    await press('canvas.nextShape')
    await expect.poll(chosenShape).toBe('1')
  }],
  ['canvas.previousShape', async () => {
    await start()
    await press('canvas.previousShape')
    await press('canvas.previousShape')
    await expect.poll(chosenShape).toBe('0')
  }],
  ['canvas.alsoNext', async () => {
    await start()
    await press('canvas.nextShape')
    await press('canvas.alsoNext')
    await chosenCount(2)
    await page.keyboard.press('Escape')
    await chosenCount(0)
  }],
  ['canvas.alsoPrevious', async () => {
    await start()
    await press('canvas.alsoPrevious')
    await press('canvas.alsoPrevious')
    await chosenCount(2)
  }],
  ['canvas.chooseAll', async () => {
    const before = await start()
    await press('canvas.chooseAll')
    await chosenCount(before.length)
    await press('canvas.remove')
    await review.until((shapes) => shapes.length === 0)
    await review.undo()
    await review.until((shapes) => shapes.length === before.length)
    await review.saved()
  }],
  ['canvas.cancel', async () => {
    await start()
    await press('canvas.nextShape')
    await review.at('shape-editor').waitFor()
    await press('canvas.cancel')
    await review.at('shape-editor').waitFor({ state: 'hidden' })
  }],
  views('actualSize', (_before, [zoom]) => zoom === 1), views('zoomIn', ([before = 0], [zoom = 0]) => zoom > before), views('zoomOut', ([before = 0], [zoom = 0]) => zoom < before),
  views('panView', ([, before = 0], [, left = 0]) => left === before + 64),
  ['canvas.fit', async () => {
    await start()
    await press('canvas.fit')
    const fitted = await viewport()
    await press('canvas.zoomIn')
    await press('canvas.fit')
    expect(await viewport()).toEqual(fitted)
  }],
  ...(['snapping', 'crosshair', 'magnifier', 'minimap', 'onlyStep', 'modelLayer', 'humanLayer', 'modelView', 'sideBySide'] as const).map(switches),
  ['canvas.nextPicture', async () => {
    await start(1)
    await press('canvas.previousPicture')
    await expect.poll(picture).toBe('picture-1')
    await press('canvas.nextPicture')
    await expect.poll(picture).toBe('picture-2')
  }],
  ['canvas.previousPicture', async () => { await proofOf('canvas.nextPicture') }],
  ['review.nextStep', async () => {
    await start()
    await press('review.nextStep')
    await expect.poll(chosenStep).toBe(1)
    await press('review.previousStep')
    await expect.poll(chosenStep).toBe(0)
    await press('review.nextStep', 1)
    await expect.poll(chosenStep).toBe(1)
  }],
  ['review.previousStep', async () => { await proofOf('review.nextStep') }],
  ['review.nextRevision', async () => {
    await start()
    await press('review.nextRevision')
    await page.locator('[data-testid=revision-show][aria-pressed=true]').waitFor()
  }],
  says('confirmRevision', '[data-testid=revision][data-real=true]', 'review.nextRevision'), says('refuseRevision', '[data-testid=revision][data-real=false]', 'review.nextRevision'),
  says('acceptStep', '[data-testid=step-verdict][data-verdict=accept]'), says('rejectStep', '[data-testid=step-verdict][data-verdict=reject]'),
  ['review.markReflective', async () => {
    await start()
    const before = await review.isReflective()
    await press('review.markReflective')
    await review.at('mark-reflective').and(page.locator(`[data-reflective=${!before}]`)).waitFor()
    await review.undo()
    await review.saved()
  }],
  ['review.acceptUpTo', async () => {
    await start(1)
    await press('review.acceptUpTo')
    await expect.poll(() => review.at('step').count()).toBe(2)
    await review.undo()
    await expect.poll(() => review.at('step').count()).toBe(4)
    await review.saved()
  }],
  ['review.skip', async () => {
    await review.go('data')
    await review.go('review')
    await review.openPath(0)
    const first = review.pathId()
    await press('review.skip')
    await expect.poll(() => review.pathId()).not.toBe(first)
    await press('review.previous')
    await expect.poll(() => review.pathId()).toBe(first)
  }],
  ['review.previous', async () => { await proofOf('review.skip') }],
  judges('accept'), judges('reject')
])

it.each([...proofs])('%s', async (_name, proof) => { await proof() })

it('every action of the table has its proof', () => {
  expect(Object.entries(KEYMAP).flatMap(([scope, actions]) => Object.keys(actions).map((action) => `${scope}.${action}`)).filter((name) => !proofs.has(name))).toEqual([])
})
