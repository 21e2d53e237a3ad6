// 1,000 shapes on a 1920 x 1080 picture in the real studio: milliseconds per frame while the view is panned, one shape is dragged
// and the pointer only moves; a marquee around them and all of them dragged at once. `node test/bench/canvas.bench.ts`. Chromium renders in software here: no graphics processor helps.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { encodePng } from '#main/image/codec.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import { insertItems } from '#main/store/items.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { openBrowser } from '../browser.ts'
import { ReviewPage } from '../e2e/pages/reviewPage.ts'
import { buildRenderer } from '../e2e/builtRenderer.ts'
import { box, killProgram, line, startProgram } from '../e2e/reviewProject.ts'
import { testWorkshop } from '../jobs/workshop.ts'
import { makeItem, makeTrajectory } from '../store/fixtures.ts'

const SHAPES = 1000
const FRAMES = 240
const SIZE = { width: 1932, height: 1092 }

/** A picture with fine detail everywhere, so that scaling it costs what a photograph costs. */
async function makeProject(): Promise<{ folder: string; id: string; close: () => Promise<void> }> {
  const test = await testWorkshop()
  const { project } = test.workshop
  const random = Random.seeded(11)
  const data = Uint8Array.from({ length: 1920 * 1080 * 3 }, (_, i) => (i * 7 + random.integer(0, 60)) & 255)
  const image = { blob: await project.blobs.put(await encodePng({ width: 1920, height: 1080, data }), 'image/png'), width: 1920, height: 1080, mime: 'image/png', origin: { kind: 'file', name: 'noise.png' } } as const
  const item = makeItem({ id: newId(ItemId), images: [image] })
  const ops: DrawOp[] = Array.from({ length: SHAPES }, (_, i) => {
    const [x, y] = [random.integer(0, SIZE.width - 130), random.integer(0, SIZE.height - 130)]
    const [w, h] = [random.integer(10, 120), random.integer(10, 120)]
    return i % 4 === 0 ? line(1, `line ${i}`, [x, y, x + w, y + h]) : box(1, `object ${i}`, [x, y, x + w, y + h])
  })
  const step = { text: '', thought: 'All of them.', action: { kind: 'draw', tool: 'Object Mapper', ops }, observations: [], problems: [], mistake: false, tokens: null } as const
  const path = makeTrajectory(item.id, { modelSizes: [SIZE], steps: [{ ...step, action: { ...step.action, ops: [...ops] }, observations: [], problems: [] }], answer: null, finishReason: 'no_action', finishStep: 0 })
  insertItems(project, [item])
  insertTrajectory(project, path)
  project.close()
  return { folder: test.folder, id: path.id, close: async () => { await rm(test.folder, { recursive: true, force: true }) } }
}

/** Milliseconds between frames while the pointer goes round in circles of `radius`, one mouse move a frame; sorted. */
async function frames(page: Page, from: { x: number; y: number }, held: boolean, radius = 60): Promise<number[]> {
  return page.evaluate(async ([at, down, count, size]) => {
    const target = document.querySelector<HTMLElement>('.upper-canvas') ?? document.body
    const send = (type: string, dx: number, dy: number): void => {
      const init = { bubbles: true, cancelable: true, clientX: at.x + dx, clientY: at.y + dy, button: 0, buttons: down ? 1 : 0, pointerId: 1, isPrimary: true }
      target.dispatchEvent(type.startsWith('pointer') ? new PointerEvent(type, init) : new MouseEvent(type, init))
      if (type === 'mousemove' && down) document.dispatchEvent(new MouseEvent(type, init))
    }
    const nextFrame = (): Promise<number> => new Promise((resolve) => { requestAnimationFrame(resolve) })
    send('mousemove', 0, 0)
    if (down) {
      send('pointerdown', 0, 0)
      send('mousedown', 0, 0)
    }
    const times: number[] = []
    let last = await nextFrame()
    for (let i = 1; i <= count; i++) {
      const angle = (i / count) * 4 * Math.PI
      send('mousemove', size * Math.sin(angle), size * (1 - Math.cos(angle)))
      const now = await nextFrame()
      times.push(now - last)
      last = now
    }
    if (down) document.dispatchEvent(new MouseEvent('mouseup', { bubbles: true, clientX: at.x, clientY: at.y, button: 0 }))
    return times.sort((a, b) => a - b)
  }, [from, held, FRAMES, radius] as const)
}

function report(what: string, times: readonly number[]): void {
  const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN).toFixed(1)
  console.log(`${what.padEnd(34)} median ${at(0.5)} ms, 95 % under ${at(0.95)} ms, longest ${at(1)} ms per frame (${times.length} frames)`)
}

const rendererFolder = await mkdtemp(join(tmpdir(), 'sightline-canvas-bench-'))
const project = await makeProject()
await buildRenderer(rendererFolder)
const { url, program } = await startProgram(project.folder, rendererFolder)
const browser = await openBrowser({ width: 1920, height: 1080 })
try {
  const page = await browser.newPage()
  const review = new ReviewPage(page)
  await review.open(url)
  await review.openAddress(new URL(url).origin, project.id)
  await page.locator('[data-testid=shapes-row]').first().waitFor()
  const middle = await review.toScreen(SIZE.width / 2, SIZE.height / 2)
  console.log(`${SHAPES} shapes on ${SIZE.width} x ${SIZE.height} model pixels, software rendering, ${await page.evaluate('navigator.userAgent')}`)
  report('pointer moves, nothing held', await frames(page, middle, false))
  report('one shape is dragged', await frames(page, await review.toScreen(...middleOf(await firstBox(page))), true))
  await page.getByTestId('canvas').focus()
  await page.keyboard.press('Escape')
  report('a marquee is drawn', await frames(page, await review.toScreen(-10, SIZE.height / 2), true, 400))
  await page.keyboard.press('Control+a')
  await page.locator(`[data-testid=shape-editor][data-count="${SHAPES}"]`).waitFor()
  report(`${SHAPES} chosen shapes are dragged`, await frames(page, await review.toScreen(...middleOf(await firstBox(page))), true))
  await page.keyboard.press('Escape')
  await page.keyboard.press('h')
  report('panned, whole picture in view', await frames(page, middle, true))
  await page.keyboard.press('0')
  report('panned at 100 %', await frames(page, middle, true))
} finally {
  await browser.close()
  await killProgram(program)
  await project.close()
  await rm(rendererFolder, { recursive: true, force: true })
}

async function firstBox(page: Page): Promise<number[]> {
  const numbers = await page.locator('[data-testid=shape-row][data-kind=box]').first().getAttribute('data-numbers')
  return (numbers ?? '').split(' ').map(Number)
}

function middleOf([x1 = 0, y1 = 0, x2 = 0, y2 = 0]: number[]): [number, number] {
  return [(x1 + x2) / 2, (y1 + y2) / 2]
}
