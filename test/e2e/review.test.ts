// The review canvas with a real mouse and real keys, on a real photograph and on a generated item: drawing, snapping, exact
// numbers, layers, revisions; undo that outlives the page and the program; two windows on one path; keys of one's own.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import Database from 'better-sqlite3'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import { killProgram, makeReviewProject, PHOTO, PHOTO_MODEL, type ReviewProject, startProgram } from './reviewProject.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let project: ReviewProject
const rendererFolder = inject('rendererFolder')
let program: ChildProcess
let url: string
let browser: BrowserContext
let page: Page
let review: ReviewPage
const faults: string[] = []

beforeAll(async () => {
  project = await makeReviewProject()
  ;({ url, program } = await startProgram(project.folder, rendererFolder))
  browser = await openBrowser({ width: 1920, height: 1080 })
  page = await browser.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => faults.push(error.message))
  review = new ReviewPage(page)
  await review.open(url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await killProgram(program)
  await rm(project.folder, { recursive: true, force: true })
})

const newest = async (): Promise<string> => {
  await review.saved()
  return review.pathId()
}

describe('the canvas, on a photograph', () => {
  beforeAll(async () => {
    await review.openAddress(new URL(url).origin, project.photoPath)
    await review.chooseStep(0)
    await page.keyboard.press('Shift+v')
    await review.at('model-view').waitFor({ state: 'hidden' })
  })
  beforeEach(async () => {
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('v')
    await page.keyboard.press('0')
  })

  it('draws, snaps a line to the box, and switches snapping off with Ctrl', async () => {
    await page.keyboard.press('r')
    await review.drag([500, 200], [600, 280])
    const [, , made] = await review.until((shapes) => shapes.length === 3)
    expect(made).toEqual({ kind: 'box', label: '3', numbers: [500, 200, 600, 280] })
    await page.keyboard.press('l')
    await review.drag([603, 284], [650, 333])
    const [, , , snapped] = await review.until((shapes) => shapes.length === 4)
    expect(snapped).toEqual({ kind: 'line', label: '4', numbers: [600, 280, 650, 333] })
    await page.keyboard.press('l')
    await page.keyboard.down('Control')
    await review.drag([603, 284], [660, 350])
    await page.keyboard.up('Control')
    const [, , , , free] = await review.until((shapes) => shapes.length === 5)
    expect(free?.numbers.slice(0, 2)).not.toEqual([600, 280])
    await page.keyboard.press('Delete')
    await review.until((shapes) => shapes.length === 4)
  })

  it('moves a shape, resizes it by a corner, drags an end of a line', async () => {
    await review.drag([550, 210], [580, 231])
    const moved = (await review.until((shapes) => shapes[2]?.numbers[0] !== 500))[2]?.numbers ?? []
    expect([(moved[2] ?? 0) - (moved[0] ?? 0), (moved[3] ?? 0) - (moved[1] ?? 0)]).toEqual([100, 80])
    await review.drag([moved[2] ?? 0, moved[3] ?? 0], [740, 441])
    const resized = (await review.until((shapes) => shapes[2]?.numbers[2] !== moved[2]))[2]?.numbers
    expect(resized).toEqual([moved[0], moved[1], 740, 441])
    await review.click(460, 470)
    await review.drag([520, 380], [540, 353])
    expect((await review.until((shapes) => shapes[1]?.numbers[2] !== 520))[1]?.numbers).toEqual([400, 560, 540, 353])
  })

  it('nudges by 1 and 10 pixels, resizes, duplicates, reorders and deletes by keys', async () => {
    await review.click(300, 360)
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowDown')
    expect((await review.until((shapes) => shapes[0]?.numbers[1] === 310))[0]?.numbers).toEqual([101, 310, 301, 430])
    await page.keyboard.press('Control+Shift+ArrowRight')
    expect((await review.until((shapes) => shapes[0]?.numbers[2] === 302))[0]?.numbers).toEqual([101, 310, 302, 430])
    await page.keyboard.press('Control+d')
    expect((await review.until((shapes) => shapes.length === 5))[4]).toEqual({ kind: 'box', label: '5', numbers: [105, 314, 306, 434] })
    await page.keyboard.press('Control+[')
    expect((await review.until((shapes) => shapes[3]?.label === '5')).map(({ label }) => label)).toEqual(['car', 'street', '3', '5', '4'])
    await page.keyboard.press('Delete')
    await review.until((shapes) => shapes.length === 4)
    await page.keyboard.press('n')
    await page.keyboard.press('p')
    expect(await review.at('shape-editor').isVisible()).toBe(true)
  })

  it('takes exact numbers in any space and keeps all three in step', async () => {
    await review.click(460, 210)
    await page.keyboard.press('Escape')
    await review.click(180, 311)
    await review.setField('perMille', 'x1', 250)
    await expect.poll(() => review.fields('model')).toEqual([189, 310, 302, 430])
    const [width, height] = [PHOTO.width / PHOTO_MODEL.width, PHOTO.height / PHOTO_MODEL.height]
    expect(await review.fields('source')).toEqual([189 * width, 310 * height, 302 * width, 430 * height].map((value) => expect.closeTo(value, 0) as number))
    await review.setField('source', 'x1', 90)
    await expect.poll(async () => (await review.fields('model'))[0]).toBe(Math.round(90 / width))
    await review.setField('model', 'y2', 5000)
    await expect.poll(async () => (await review.fields('model'))[3]).toBe(PHOTO_MODEL.height)
  })

  it('offers labels of the item and takes them by digit or by name', async () => {
    const offered = await page.locator('[data-testid=label-suggestions] option').evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value))
    expect(offered).toEqual(expect.arrayContaining(['car', 'street', 'tower']))
    const first = (await review.at('pick-1').innerText()).replace(/^1\s*/, '')
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('1')
    await review.until((shapes) => shapes[0]?.label === first)
    await page.keyboard.press('F2')
    await page.keyboard.type('red car')
    await page.keyboard.press('Tab')
    expect((await review.until((shapes) => shapes[0]?.label === 'red car'))[0]?.label).toBe('red car')
  })

  it('zooms to the pointer, fits, goes to 100 %, pans by Space and by the overview', async () => {
    const placed = async (): Promise<number[]> => ((await review.at('canvas').getAttribute('data-view')) ?? '').split(' ').map(Number)
    const at = await review.toScreen(300, 200)
    await page.mouse.move(at.x, at.y)
    await page.mouse.wheel(0, -600)
    await expect.poll(async () => (await placed())[0]).toBeGreaterThan(1.5)
    const after = await review.toScreen(300, 200)
    expect(Math.max(Math.abs(after.x - at.x), Math.abs(after.y - at.y))).toBeLessThanOrEqual(0.51)
    await review.at('minimap').waitFor()
    await page.getByTestId('canvas').focus()
    const before = await placed()
    await page.keyboard.down('Space')
    await page.mouse.move(at.x, at.y)
    await page.mouse.down()
    await page.mouse.move(at.x - 20, at.y - 10, { steps: 3 })
    await page.mouse.up()
    await page.keyboard.up('Space')
    expect(await placed()).toEqual([before[0], (before[1] ?? 0) - 20, (before[2] ?? 0) - 10])
    const map = await review.at('minimap').boundingBox()
    await page.mouse.click((map?.x ?? 0) + 4, (map?.y ?? 0) + 4)
    expect((await placed())[1]).toBeGreaterThan(before[1] ?? 0)
    await page.keyboard.press('0')
    expect((await placed())[0]).toBe(1)
    await page.keyboard.press('f')
    await review.at('minimap').waitFor({ state: 'hidden' })
  })

  it('shows crosshair, magnifier and the place of the pointer', async () => {
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('i')
    await page.keyboard.press('z')
    const at = await review.toScreen(448, 294)
    await page.mouse.move(at.x, at.y)
    await page.mouse.move(at.x + 1, at.y)
    await review.at('crosshair').waitFor()
    expect(await review.at('magnifier').getAttribute('data-at')).toMatch(/^44\d 29\d$/)
    expect(await review.at('pointer-place').innerText()).toMatch(/Source px 44\d, 29\d · Model px 44\d, 29\d · 0–1000 59\d, 52\d/)
    await page.keyboard.press('i')
    await page.keyboard.press('z')
  })

  it('shows layers apart and flags what reaches outside until it is clipped', async () => {
    await review.show('modelLayer', false)
    expect((await review.shapes()).map(({ label }) => label)).toEqual(['red car', 'street', '3', '4'])
    await review.show('humanLayer', false)
    expect(await review.shapes()).toEqual([])
    await review.show('modelLayer', true)
    await review.show('humanLayer', true)
    await review.chooseStep(2)
    await review.until((shapes) => shapes[0]?.numbers[2] === 820)
    await review.click(650, 100)
    expect(await review.at('shape-editor').innerText()).toContain('outside')
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('c')
    await review.until((shapes) => shapes[0]?.numbers[2] === PHOTO_MODEL.width)
    await page.keyboard.press('1')
  })
})

describe('undo', () => {
  it('outlives a reload and kill -9 of the program, over shapes, thoughts, marks and verdicts', async () => {
    await review.openAddress(new URL(url).origin, project.photoPath)
    await review.chooseStep(0)
    const before = await review.shapes()
    await review.drawBox([420, 100], [480, 160])
    await review.until((shapes) => shapes.length === before.length + 1)
    await page.getByTestId('thought').first().fill('Look again.')
    await page.keyboard.press('Tab')
    await review.markReflective()
    await page.getByTestId('canvas').focus()
    await review.undo()
    await review.undo()
    await review.redo()
    const drawn = await review.shapes()
    expect(await page.getByTestId('thought').first().inputValue()).toBe('Look again.')
    await newest()
    await page.reload()
    await review.ready()
    await review.chooseStep(0)
    expect(await review.shapes()).toEqual(drawn)
    await page.getByTestId('canvas').focus()
    await review.undo()
    await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('[data-testid=thought]')?.value !== 'Look again.')
    const id = await newest()

    await killProgram(program)
    const database = new Database(join(project.folder, 'project.sqlite'), { readonly: true })
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
    ;({ url, program } = await startProgram(project.folder, rendererFolder))
    await review.open(url)
    await review.openAddress(new URL(url).origin, id)
    await review.chooseStep(0)
    expect(await review.shapes()).toEqual(drawn)
    await page.getByTestId('canvas').focus()
    await review.undo()
    expect(await review.until((shapes) => shapes.length === before.length)).toEqual(before)
    await review.redo()
    await review.redo()
    await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('[data-testid=thought]')?.value === 'Look again.')
    expect(await review.shapes()).toEqual(drawn)
    await review.redo()
    await review.at('mark-reflective').and(page.locator('[data-reflective=false]')).waitFor()
    await review.saved()
  })

  it('takes a verdict back after going on to the next path', async () => {
    await page.getByTestId('canvas').focus()
    const judged = page.url()
    await page.keyboard.press('a')
    await page.waitForURL((now) => now.href !== judged)
    await page.locator(`[data-testid=canvas-panel][data-path="${review.pathId()}"]`).waitFor()
    await review.ready()
    await page.keyboard.press('w')
    await page.waitForURL(judged)
    await review.at('verdict-bar').and(page.locator('[data-verdict=accept]')).waitFor()
    await review.undo()
    await review.at('verdict-bar').and(page.locator('[data-verdict=none]')).waitFor()
    await review.saved()
  })

  it('works on a generated item', async () => {
    await review.choose('path-task', 'relation')
    await review.openPath(0)
    await review.chooseStep(0)
    const before = await review.shapes()
    await review.drawLine([5, 100], [100, 104])
    await review.until((shapes) => shapes.length === before.length + 1)
    await review.undo()
    expect(await review.until((shapes) => shapes.length === before.length)).toEqual(before)
    await review.saved()
    await review.at('path-clear').click()
  })
})

describe('two windows on one path', () => {
  it('lose nothing, show both versions and let one choose', async () => {
    await review.openAddress(new URL(url).origin, project.photoPath)
    const second = new ReviewPage(await browser.newPage())
    second.page.setDefaultTimeout(30_000)
    await second.openAddress(new URL(url).origin, project.photoPath)
    for (const window of [review, second]) await window.chooseStep(0)
    await review.drawBox([600, 400], [660, 460])
    await review.saved()
    await second.drawBox([30, 30], [90, 80])
    await second.saved()
    const [mine, theirs] = [review.pathId(), second.pathId()]
    expect(mine).not.toBe(theirs)
    await second.at('conflict').waitFor()
    await second.at('conflict-compare').click()
    await second.page.locator('[data-testid=conflict-mine] img').first().waitFor()
    await second.page.locator('[data-testid=conflict-theirs] img').first().waitFor()
    await second.at('conflict-keep-both').click()
    await second.at('conflict').waitFor({ state: 'hidden' })
    for (const [window, id, corner] of [[review, theirs, 30], [second, mine, 600]] as const) {
      await window.openAddress(new URL(url).origin, id)
      await window.chooseStep(0)
      await window.until((shapes) => shapes.some(({ numbers }) => Math.abs(numbers[0] - corner) < 3))
    }
    await second.page.close()
  })
})

describe('revisions', () => {
  it('are found, laid over each other, confirmed, refused and added; the list filters by them', async () => {
    await review.choose('path-task', 'relation')
    await review.openPath(0)
    await review.at('below').getByText('Revisions (1)').click()
    expect(await review.at('revision-apart').innerText()).toMatch(/^IoU 0\.\d\d$/)
    await review.at('revision-show').click()
    await page.locator('[data-testid=step][data-chosen=true]').nth(0).waitFor()
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('u')
    await page.locator('[data-testid=revision][data-real=false]').waitFor()
    expect(await review.isReflective()).toBe(false)
    await review.saved()
    await review.choose('path-reflective', 'Not reflective')
    await review.at('path-count').and(page.locator('[data-total="1"]')).waitFor()
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('y')
    await page.locator('[data-testid=revision][data-real=true]').waitFor()
    expect(await review.isReflective()).toBe(true)
    await review.saved()
    await review.choose('path-reflective', 'Reflective')
    await review.at('path-count').and(page.locator('[data-total="2"]')).waitFor()
    await review.at('path-clear').click()

    await review.openAddress(new URL(url).origin, project.photoPath)
    await review.chooseStep(2)
    await review.click(650, 100)
    await review.choose('revision-from', 'step 2: car')
    await review.at('revision-add').click()
    await expect.poll(() => review.at('revision').count()).toBe(2)
    await page.getByTestId('canvas').focus()
    await review.undo()
    await expect.poll(() => review.at('revision').count()).toBe(1)
    await review.saved()
  })
})

describe('keys of one\'s own', () => {
  it('are changed in the sheet, clashes are shown, and all is reset', async () => {
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('Shift+?')
    await review.at('keys-edit').click()
    await review.at('keys-canvas-toolBox').getByRole('button').first().click()
    await page.keyboard.press('v')
    await review.at('key-conflicts').waitFor()
    expect(await review.at('key-conflicts').innerText()).toMatch(/Select, Draw a box|Draw a box, Select/)
    await review.at('keys-canvas-toolBox').getByRole('button').first().click()
    await page.keyboard.press('b')
    await review.at('key-conflicts').waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await review.at('shortcut-sheet').waitFor({ state: 'hidden' })
    await review.chooseStep(0)
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('r')
    expect(await review.at('tool-box').getAttribute('aria-pressed')).toBe('false')
    await page.keyboard.press('b')
    expect(await review.at('tool-box').getAttribute('aria-pressed')).toBe('true')
    await page.reload()
    await review.ready()
    await page.keyboard.press('Shift+?')
    await review.at('keys-edit').click()
    await review.at('keys-reset').click()
    await page.keyboard.press('Escape')
    await review.at('shortcut-sheet').waitFor({ state: 'hidden' })
    await review.chooseStep(0)
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('r')
    expect(await review.at('tool-box').getAttribute('aria-pressed')).toBe('true')
    await page.keyboard.press('Escape')
  })
})

describe('accessibility', () => {
  it.each(['first theme', 'other theme'])('nothing to complain of with a shape chosen, revisions open, the sheet open: %s', async (theme) => {
    if (theme !== 'first theme') await review.switchTheme()
    await review.openAddress(new URL(url).origin, project.photoPath)
    const looked: Record<string, unknown> = {}
    const look = async (name: string): Promise<void> => {
      await page.evaluate(AXE)
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })')
      looked[name] = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
    }
    await review.at('below').getByText(/^Shapes/).click()
    await review.chooseStep(0)
    await review.click(460, 470)
    await review.at('shape-editor').waitFor()
    await look('shape')
    await review.at('below').getByText(/^Revisions/).click()
    await look('revisions')
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('Shift+?')
    await review.at('keys-edit').click()
    await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity).map((animation) => animation.finished)))
    await look('sheet')
    await page.keyboard.press('Escape')
    await review.at('shortcut-sheet').waitFor({ state: 'hidden' })
    expect(looked).toEqual({ shape: [], revisions: [], sheet: [] })
  })

  it('no fault was thrown on the way', () => {
    expect(faults).toEqual([])
  })
})
