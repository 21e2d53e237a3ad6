// What a strict user tries on the canvas beyond the usual: gestures broken off, buttons and keys out of order, shapes out of view,
// pictures that are turned, large or gone, paths without a step, small windows.
import { rm } from 'node:fs/promises'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { imageSize } from '#main/image/codec.ts'
import { insertItems } from '#main/store/items.ts'
import { openProject, type ProjectWriter } from '#main/store/project.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { ItemId, newId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { openBrowser } from '../browser.ts'
import { makeItem, makeTrajectory } from '../store/fixtures.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import { box, killProgram, makeReviewProject, PHOTO_FILE, PHOTO_MODEL, type ReviewProject, startProgram } from './reviewProject.ts'

const TURNED_MODEL = { width: PHOTO_MODEL.height, height: PHOTO_MODEL.width }
const drawing: Step = {
  text: '', thought: 'Look.', action: { kind: 'draw', tool: 'Object Mapper', ops: [box(1, 'car', [100, 300, 300, 420])] },
  observations: [], problems: [], mistake: false, tokens: null
}

let project: ReviewProject
const rendererFolder = inject('rendererFolder')
let program: ChildProcess
let origin: string
let browser: BrowserContext
let page: Page
let review: ReviewPage
let paths: Record<'turned' | 'large' | 'gone' | 'empty', TrajectoryId>
const faults: string[] = []

beforeAll(async () => {
  project = await makeReviewProject()
  paths = await addPaths(project.folder)
  const started = await startProgram(project.folder, rendererFolder)
  program = started.program
  origin = new URL(started.url).origin
  browser = await openBrowser({ width: 1600, height: 1000 })
  page = await browser.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => faults.push(error.message))
  review = new ReviewPage(page)
  await review.open(started.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await killProgram(program)
  await rm(project.folder, { recursive: true, force: true })
})

async function addPaths(folder: string): Promise<typeof paths> {
  const writer = openProject(folder, { mode: 'write' })
  const photo = readFileSync(PHOTO_FILE)
  const add = (images: ImageRef[], modelSize: { width: number; height: number }, steps: Step[]): TrajectoryId => {
    const item = makeItem({ id: newId(ItemId), task: 'edge', images })
    insertItems(writer, [item])
    const path = makeTrajectory(item.id, { modelSizes: [modelSize], steps, answer: null, finishReason: 'no_action', finishStep: 0 })
    insertTrajectory(writer, path)
    return path.id
  }
  const gone = await stored(writer, await sharp(photo).flop().jpeg().toBuffer())
  await rm(writer.blobs.path(gone.blob))
  const large = await stored(writer, await sharp({ create: { width: 6000, height: 4000, channels: 3, background: '#7799aa' } }).jpeg().toBuffer())
  const made = {
    turned: add([await stored(writer, await sharp(photo).withMetadata({ orientation: 6 }).jpeg().toBuffer())], TURNED_MODEL, [drawing]),
    large: add([large], { width: 1232, height: 812 }, [drawing]),
    gone: add([gone], PHOTO_MODEL, [drawing]),
    empty: add([await stored(writer, photo)], PHOTO_MODEL, [])
  }
  writer.close()
  return made
}

async function stored(writer: ProjectWriter, bytes: Uint8Array): Promise<ImageRef> {
  const { width, height } = await imageSize(bytes)
  return { blob: await writer.blobs.put(bytes, 'image/jpeg'), width, height, mime: 'image/jpeg', origin: { kind: 'file', name: 'photograph.jpg' } }
}

const placed = async (): Promise<number[]> => ((await review.at('canvas').getAttribute('data-view')) ?? '').split(' ').map(Number)
const focused = async (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null)

describe('gestures on a photograph', () => {
  beforeAll(async () => {
    await review.openAddress(origin, project.photoPath)
    await review.chooseStep(0)
    await page.keyboard.press('Shift+v')
    await review.at('model-view').waitFor({ state: 'hidden' })
  })
  beforeEach(async () => {
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('v')
    await page.keyboard.press('Escape')
    await page.keyboard.press('f')
  })

  it('Esc breaks off a move: the shape stays where it was', async () => {
    const before = await review.shapes()
    const [from, to] = [await review.toScreen(200, 360), await review.toScreen(260, 400)]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 4 })
    await page.keyboard.press('Escape')
    await page.mouse.move(to.x + 20, to.y + 20, { steps: 2 })
    await page.mouse.up()
    await review.at('shape-editor').waitFor({ state: 'hidden' })
    expect(await review.shapes()).toEqual(before)
    expect(await review.at('undo').isEnabled()).toBe(false)
  })

  it('a tool chosen with the mouse leaves Space to pan', async () => {
    await review.at('tool-box').click()
    const before = await placed()
    const at = await review.toScreen(400, 200)
    await page.mouse.move(at.x, at.y)
    await page.keyboard.down('Space')
    await page.mouse.down()
    await page.mouse.move(at.x - 30, at.y - 20, { steps: 3 })
    await page.mouse.up()
    await page.keyboard.up('Space')
    expect(await placed()).toEqual([before[0], (before[1] ?? 0) - 30, (before[2] ?? 0) - 20])
    expect(await review.at('tool-box').getAttribute('aria-pressed')).toBe('true')
    expect(await review.shapes()).toHaveLength(2)
  })

  it.each(['right', 'middle'] as const)('the %s button draws nothing', async (button) => {
    await page.keyboard.press('r')
    const at = await review.toScreen(600, 120)
    await page.mouse.move(at.x, at.y)
    await page.mouse.down({ button })
    await page.mouse.move(at.x + 60, at.y + 60, { steps: 3 })
    await page.mouse.up({ button })
    await review.drawBox([500, 200], [560, 260])
    const [, , ...drawn] = await review.until((shapes) => shapes.length > 2)
    expect(drawn.map(({ numbers }) => Math.round((numbers[0] + numbers[2]) / 2))).toEqual([expect.closeTo(530, -1)])
    await review.undo()
    await review.until((shapes) => shapes.length === 2)
  })

  it('an edge dragged past the opposite one stops beside it', async () => {
    await review.click(180, 312)
    await review.drag([300, 420], [40, 250])
    expect((await review.until((shapes) => shapes[0]?.numbers[2] !== 300))[0]?.numbers).toEqual([100, 300, 101, 301])
    await review.undo()
    await review.until((shapes) => shapes[0]?.numbers[2] === 300)
  })

  it('a shape pressed twice opens its label; Enter takes it, Esc takes it back, both return to the canvas', async () => {
    const at = await review.toScreen(180, 312)
    await page.mouse.dblclick(at.x, at.y)
    await expect.poll(focused).toBe('shape-label')
    await page.keyboard.type('lorry')
    await page.keyboard.press('Enter')
    await review.until((shapes) => shapes[0]?.label === 'lorry')
    expect(await focused()).toBe('canvas')
    await page.keyboard.press('F2')
    await expect.poll(focused).toBe('shape-label')
    await page.keyboard.type('ship')
    await page.keyboard.press('Escape')
    await expect.poll(focused).toBe('canvas')
    expect(await review.at('shape-label').inputValue()).toBe('lorry')
    await review.undo()
    await review.until((shapes) => shapes[0]?.label === 'car')
  })

  it('several shapes are chosen by a marquee and by Shift, and moved, copied, named and deleted as one', async () => {
    const [car, wheel] = await review.shapes()
    const chosen = (): Promise<number> => review.at('shapes').locator('[aria-selected=true]').count()
    await review.drag([20, 200], [640, 470])
    await expect.poll(chosen).toBe(2)
    expect(await review.at('shape-editor').getAttribute('data-count')).toBe('2')
    await review.drag([180, 312], [200, 322])
    const moved = await review.until((shapes) => shapes[0]?.numbers[0] !== car?.numbers[0])
    const steps = [car, wheel].map((shape, i) => shape?.numbers.map((value, at) => (moved[i]?.numbers[at] ?? NaN) - value))
    expect(steps[0]).toEqual([steps[0]?.[0], steps[0]?.[1], steps[0]?.[0], steps[0]?.[1]])
    expect(steps[1]).toEqual(steps[0])
    await page.keyboard.press('Control+d')
    await review.until((shapes) => shapes.length === 4)
    await expect.poll(chosen).toBe(2)
    await page.keyboard.press('F2')
    await expect.poll(focused).toBe('shape-label')
    await page.keyboard.type('tyre')
    await page.keyboard.press('Enter')
    await review.until((shapes) => shapes.filter(({ label }) => label === 'tyre').length === 2)
    await page.keyboard.press('Delete')
    await review.until((shapes) => shapes.length === 2)
    for (const [count, first] of [[4, 'tyre'], [4, null], [2, null]] as const) {
      await review.undo()
      await review.until((shapes) => shapes.length === count && (first === null || shapes[2]?.label === first))
    }
    await review.undo()
    expect(await review.until((shapes) => shapes[0]?.numbers[0] === car?.numbers[0])).toEqual([car, wheel])
    expect(await review.at('undo').isEnabled()).toBe(false)
  })

  it('Shift and a click take a shape in and out, in the picture and in the table; Esc breaks a marquee off', async () => {
    const rows = page.locator('[data-testid=shapes-row]')
    const chosen = (): Promise<(string | null)[]> => rows.evaluateAll((all) => all.map((row) => row.getAttribute('aria-selected')))
    await review.click(180, 312)
    await expect.poll(chosen).toEqual(['true', 'false'])
    await rows.nth(1).click({ modifiers: ['Shift'] })
    await expect.poll(chosen).toEqual(['true', 'true'])
    await page.keyboard.down('Shift')
    await review.click(180, 312)
    await page.keyboard.up('Shift')
    await expect.poll(chosen).toEqual(['false', 'true'])
    const [from, to] = [await review.toScreen(20, 20), await review.toScreen(640, 470)]
    await page.keyboard.down('Shift')
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(to.x, to.y, { steps: 3 })
    await page.keyboard.up('Shift')
    await page.keyboard.press('Escape')
    await page.mouse.up()
    expect(await chosen()).toEqual(['false', 'true'])
    await review.at('shapes').focus()
    await page.keyboard.press('Shift+ArrowUp')
    await expect.poll(chosen).toEqual(['true', 'true'])
    await page.keyboard.press('Space')
    await expect.poll(chosen).toEqual(['false', 'true'])
  })

  it('a fitted picture stays fitted when the window changes, one that was zoomed keeps its scale', async () => {
    const [wide = 0] = await placed()
    await page.setViewportSize({ width: 1300, height: 1000 })
    await expect.poll(async () => (await placed())[0]).toBeLessThan(wide)
    await page.setViewportSize({ width: 1600, height: 1000 })
    await expect.poll(async () => (await placed())[0]).toBe(wide)
    await page.keyboard.press('0')
    await page.setViewportSize({ width: 1300, height: 1000 })
    await page.setViewportSize({ width: 1600, height: 1000 })
    expect((await placed())[0]).toBe(1)
  })

  it('a shape chosen by key comes into view', async () => {
    for (let i = 0; i < 8; i++) await page.keyboard.press('Equal')
    await page.keyboard.press('n')
    await review.at('shape-editor').waitFor()
    const area = await review.at('canvas').boundingBox()
    for (const [x, y] of [[100, 300], [300, 420]] as const) {
      const corner = await review.toScreen(x, y)
      expect([corner.x >= (area?.x ?? 0), corner.y >= (area?.y ?? 0), corner.x <= (area?.x ?? 0) + (area?.width ?? 0), corner.y <= (area?.y ?? 0) + (area?.height ?? 0)]).toEqual([true, true, true, true])
    }
  })
})

describe('pictures out of the ordinary', () => {
  it('a photograph turned by its EXIF note lies as its numbers say', async () => {
    await review.openAddress(origin, paths.turned)
    const picture = page.locator('[data-testid=canvas] > img').first()
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([563, 751])
    await page.locator('[data-testid=shapes-row]').first().click()
    expect((await review.fields('source')).map(Math.round)).toEqual([101, 298, 302, 417])
  })

  it('a 6000 x 4000 picture fits, zooms and shows its overview', async () => {
    await review.openAddress(origin, paths.large)
    await expect.poll(async () => (await placed())[0]).toBeLessThan(1)
    await review.at('minimap').waitFor({ state: 'hidden' })
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('0')
    await page.keyboard.press('Equal')
    const map = await review.at('minimap').boundingBox()
    const before = await placed()
    await page.mouse.click((map?.x ?? 0) + 3, (map?.y ?? 0) + 3)
    await expect.poll(async () => (await placed())[1]).toBeGreaterThan(before[1] ?? 0)
  })

  it('a picture that is gone is said to be, and no other stands in for it', async () => {
    await page.goto(`${origin}/#/review/${paths.gone}`)
    await review.at('picture-unreadable').waitFor()
    expect(await page.locator('[data-testid=canvas] > img').count()).toBe(0)
    expect((await review.shapes()).map(({ label }) => label)).toEqual(['car'])
    await review.openAddress(origin, project.photoPath)
    await review.at('picture-unreadable').waitFor({ state: 'detached' })
  })

  it('a path without a step can be looked at and judged', async () => {
    await review.openAddress(origin, paths.empty)
    for (const key of ['j', 'k', 'n', 'r', 'Delete', 'Shift+n', 'Control+d', 'e']) await page.keyboard.press(key)
    expect(await review.at('canvas').getAttribute('aria-label')).toContain('step 1')
    await page.keyboard.press('x')
    await review.saved()
    await review.openAddress(origin, paths.empty)
    await review.at('verdict-bar').and(page.locator('[data-verdict=reject]')).waitFor()
  })
})

describe('small windows', () => {
  it.each([[1024, 700], [720, 450]])('%d x %d leave the picture room and nothing is cut off', async (width, height) => {
    await page.setViewportSize({ width, height })
    await page.reload()
    await review.openAddress(origin, project.photoPath)
    const canvas = await review.at('canvas').boundingBox()
    expect([canvas?.width, canvas?.height].map((side) => (side ?? 0) >= 120)).toEqual([true, true])
    await page.locator('[data-testid=shapes-row]').first().click()
    for (const name of ['verdict-bar', 'number-perMille-y2', 'toggle-model-view', 'shape-label'] as const) {
      await review.at(name).scrollIntoViewIfNeeded()
      const part = await review.at(name).boundingBox()
      expect([name, (part?.x ?? -1) >= 0, (part?.x ?? width) + (part?.width ?? 1) <= width + 1]).toEqual([name, true, true])
    }
  })

  it('no fault was thrown on the way', () => {
    expect(faults).toEqual([])
  })
})
