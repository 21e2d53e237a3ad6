// Pictures of every state of the review studio for docs/REVIEW.md, made from the real program with mouse and keys, on real photographs
// and on a copy of a project that `demo` made: node scripts/reviewPictures.ts DIR
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { writeAnswerTurn, writeDrawTurn } from '#main/rollout/writeTurn.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'
import { getItem, insertItems } from '#main/store/items.ts'
import { getTrajectory } from '#main/store/trajectories.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { type BlobId, ItemId, newId, type TrajectoryId } from '#shared/domain/ids.ts'
import { openBrowser } from '../test/browser.ts'
import { ItemsPage } from '../test/e2e/pages/itemsPage.ts'
import { QueuePage } from '../test/e2e/pages/queuePage.ts'
import { buildRenderer } from '../test/e2e/builtRenderer.ts'
import { box, line, makeReviewProject } from '../test/e2e/reviewProject.ts'
import { importReal, writePath } from '../test/e2e/writtenPaths.ts'
import { root } from './sources.ts'

const [demo = 'projects/demo'] = process.argv.slice(2)
const out = join(root, 'docs', 'screenshots', 'review')
const HEAVIEST = 120_000
/** Ways to make a picture lighter, the first that is light enough is taken: fewer colours, then fewer pixels. */
const LIGHTER = [[1, 256, 1], [1, 128, 1], [1, 64, 0.5], [0.8, 128, 0.6], [0.8, 64, 0.3], [0.7, 64, 0.2]] as const
const SIZE = { width: 1280, height: 800 }
const work = mkdtempSync(join(tmpdir(), 'sightline-pictures-'))
const rendererFolder = join(work, 'renderer')
mkdirSync(out, { recursive: true })

let page: Page
let review: QueuePage
let origin = ''

try {
  await buildRenderer(rendererFolder)
  const photos = await makeReviewProject()
  let views = '' as TrajectoryId
  let video = '' as TrajectoryId
  let spoilt = '' as TrajectoryId
  await inStudio(photos.folder, async ({ workshop: { project } }) => {
    [views, video, spoilt] = await writeViews(project, getItem(project, getTrajectory(project, photos.photoPath).itemId))
    await page.reload()
    await canvasStates(photos.photoPath)
    await revisionStates(photos.photoPath)
    await pictureStates(views, video)
    await problemState(spoilt)
    await conflictState(photos.photoPath)
    await otherStates(photos.photoPath)
    await similarState(project, getItem(project, getTrajectory(project, photos.photoPath).itemId))
  })
  await inStudio(photos.folder, async () => { await restartState() })
  rmSync(photos.folder, { recursive: true, force: true })
  cpSync(demo, join(work, 'demo'), { recursive: true })
  await inStudio(join(work, 'demo'), async () => {
    await pathStates()
    await queueStates()
    await itemStates()
    await otherPages()
  })
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function inStudio(folder: string, show: (studio: Studio) => Promise<void>): Promise<void> {
  const studio = await openStudio({ folder, rendererFolder, endpoints: new EndpointStore(join(work, 'endpoints')) })
  const server = await serveStudio(studio, { port: 0 })
  const browser = await openBrowser(SIZE)
  try {
    page = await browser.newPage()
    page.setDefaultTimeout(60_000)
    await page.emulateMedia({ reducedMotion: 'reduce' })
    review = new QueuePage(page)
    origin = new URL(server.url).origin
    await review.open(server.url)
    await show(studio)
  } finally {
    await browser.close()
    await server.close()
    await studio.close()
  }
}

/** Real views and frames with paths that draw on several of them, and a sampled path that could not be drawn as written. */
async function writeViews(project: Studio['workshop']['project'], photo: DatasetItem): Promise<[TrajectoryId, TrajectoryId, TrajectoryId]> {
  const itemOf = await importReal(project)
  const draw = (thought: string, ...ops: ReturnType<typeof box>[]): string => writeDrawTurn(thought, 'Object Mapper', ops)
  const views = await writePath(project, itemOf('multiView'), [
    draw('Both views show the tower.', box(1, 'tower', [40, 30, 200, 180]), box(2, 'tower', [90, 30, 250, 180])), draw('The door, closer.', box(3, 'door', [60, 100, 90, 170])),
    draw('Back to the first view.', line(1, 'way', [10, 20, 300, 200])), writeAnswerTurn('So.', 'A')
  ])
  const video = await writePath(project, itemOf('video'), [
    draw('Early in the video.', box(2, 'post', [200, 20, 230, 190])), draw('Late.', box(14, 'post', [205, 20, 235, 190])), draw('Again.', box(17, 'post', [203, 22, 233, 190])), writeAnswerTurn('So.', '1')
  ])
  const spoilt = await writePath(project, photo, [
    draw('Look.', box(1, 'car', [50, 110, 190, 210])),
    '<think> Once more. </think> Action: Object Mapper\n```json\n[{"index": 2, "bbox_2d": [60, 120, 200, 220], "label": "car"}, {"index": 2, "bbox_2d": [300, 20, 9000, 90], "label": "roof"}]\n```',
    writeAnswerTurn('So.', 'A')
  ], { sampled: true })
  return [views, video, spoilt]
}

async function canvasStates(path: TrajectoryId): Promise<void> {
  await review.openAddress(origin, path)
  await page.keyboard.press('Shift+v')
  await page.keyboard.press('f')
  await shoot('drawing', async () => { await review.click(180, 312) })
  await shoot('several', async () => { await page.keyboard.press('Control+a') })
  await page.keyboard.press('Escape')
  await page.keyboard.press('l')
  const [from, to] = [await review.toScreen(303, 303), await review.toScreen(480, 423)]
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(to.x, to.y, { steps: 5 })
  await shoot('snapping', undefined, review.at('canvas'))
  await page.keyboard.press('Escape')
  await page.mouse.up()
  await page.keyboard.press('v')
  await page.keyboard.press('i')
  await page.keyboard.press('z')
  const at = await review.toScreen(300, 300)
  await page.mouse.move(at.x, at.y)
  await page.mouse.move(at.x + 1, at.y + 1)
  await shoot('magnifier', undefined, review.at('canvas'))
  await page.keyboard.press('i')
  await page.keyboard.press('z')
  for (let i = 0; i < 5; i++) await page.mouse.wheel(0, -240)
  await review.at('minimap').waitFor()
  await shoot('overview', undefined, review.at('canvas'))
  await page.keyboard.press('f')
  await review.chooseStep(2)
  await shoot('outside', async () => { await review.click(650, 100) }, review.at('canvas-panel'))
  await review.at('layers').click()
  await shoot('layers')
  await review.at('layers').click()
  await page.keyboard.press('Shift+v')
}

async function revisionStates(path: TrajectoryId): Promise<void> {
  await review.openAddress(origin, path)
  await page.keyboard.press('Shift+n')
  await page.locator('[data-testid=revision-show][aria-pressed=true]').waitFor()
  await page.keyboard.press('y')
  await page.locator('[data-testid=revision][data-real=true]').waitFor()
  await shoot('revision')
  await review.switchTheme()
  await shoot('revision-dark')
  await review.switchLanguage()
  await shoot('revision-zh')
  await review.switchLanguage()
  await review.switchTheme()
  await review.saved()
}

async function pictureStates(views: TrajectoryId, video: TrajectoryId): Promise<void> {
  await review.openAddress(origin, views)
  await review.at('below').getByText(/^Pictures/).click()
  await review.at('picture-graph').waitFor()
  await shoot('picture-graph')
  await page.keyboard.press('t')
  await page.locator('[data-testid^=side-view-]').first().waitFor()
  await shoot('side-by-side', undefined, review.at('canvas-panel'))
  await page.keyboard.press('t')
  await review.openAddress(origin, video)
  await review.chooseStep(1)
  await shoot('frames', undefined, review.at('canvas-panel'))
}

async function problemState(path: TrajectoryId): Promise<void> {
  await review.openAddress(origin, path)
  await review.chooseStep(1)
  await review.at('as-written').nth(1).click()
  await shoot('problems', async () => { await review.at('problem').first().scrollIntoViewIfNeeded() })
  await review.at('as-written').nth(1).click()
}

/** Two windows edit one path; the second is told and may choose. */
async function conflictState(path: TrajectoryId): Promise<void> {
  await review.openAddress(origin, path)
  const first = review
  const second = new QueuePage(await page.context().newPage())
  await second.openAddress(origin, path)
  await first.page.bringToFront()
  await first.chooseStep(0)
  await first.drawBox([600, 400], [660, 460])
  await first.saved()
  await second.page.bringToFront()
  await second.chooseStep(0)
  await second.drawBox([30, 30], [90, 80])
  await second.saved()
  await second.at('conflict').waitFor()
  await second.at('conflict-compare').click()
  await second.page.locator('[data-testid=conflict-theirs] img').first().waitFor()
  await shoot('conflict', undefined, undefined, second.page)
  await second.at('conflict-keep-both').click()
  await second.at('conflict').waitFor({ state: 'hidden' })
  await second.page.close()
  await first.page.bringToFront()
}

async function otherStates(path: TrajectoryId): Promise<void> {
  await review.openAddress(origin, path)
  await page.keyboard.press('Shift+?')
  await review.at('shortcut-sheet').waitFor()
  await shoot('shortcuts', undefined, page.getByRole('dialog'))
  await review.at('keys-edit').click()
  await shoot('own-keys', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 1024, height: 700 })
  await page.reload()
  await review.ready()
  await shoot('narrow')
  await page.setViewportSize(SIZE)
  await page.reload()
  await review.ready()
}

/** The street smaller and darker among the held-out questions, and once more among the others. */
async function similarState(project: Studio['workshop']['project'], photo: DatasetItem): Promise<void> {
  const bytes = await project.blobs.get(photo.images[0]?.blob as BlobId)
  for (const [split, width, question] of [['test', 500, 'Which house has the open door?'], ['train', 420, 'is the car left or right of the tower']] as const) {
    const { data, info } = await sharp(bytes).resize(width).linear(0.85, 0).jpeg().toBuffer({ resolveWithObject: true })
    const image = { blob: await project.blobs.put(new Uint8Array(data), 'image/jpeg'), width: info.width, height: info.height, mime: 'image/jpeg' as const, origin: { kind: 'file' as const, name: `street ${width}.jpg` } }
    insertItems(project, [{ ...photo, id: newId(ItemId), split, question, images: [image] }])
  }
  const items = new ItemsPage(page)
  await items.go('data')
  await items.at('open-similar').click()
  await items.at('similar-item').first().click()
  await items.at('item-picture').waitFor()
  await shoot('similar')
}

/** The program was ended and started again: what was done can still be undone. */
async function restartState(): Promise<void> {
  await review.go('review')
  await review.ready()
  await review.openPath(0)
  await page.locator('[data-testid=undo]:enabled').waitFor()
  await shoot('undo-after-restart', async () => { await review.at('undo').hover() })
}

/** A path the model sampled: its tokens, its group, a second opinion, going on from a step, another path beside it. */
async function pathStates(): Promise<void> {
  const items = new ItemsPage(page)
  await items.go('data')
  await items.openItem(2)
  await items.at('item-path').first().click()
  await review.at('page-review').waitFor()
  await review.settled()
  await review.chooseStep(0)
  await shoot('path')
  await review.at('open-group').click()
  await review.at('group-dialog').waitFor()
  await shoot('group', undefined, page.getByRole('dialog'))
  await review.at('group-compare').first().click()
  await review.at('path-diff').waitFor()
  await shoot('two-paths', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
  await review.at('continue-open').click()
  await review.at('continue-dialog').waitFor()
  await shoot('continue', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
  await review.at('accept-up-to').first().click()
  await review.at('step-cut').waitFor()
  await review.saved()
  await shoot('accept-up-to')
  await page.getByTestId('canvas').focus()
  await review.undo()
  await review.saved()
}

async function queueStates(): Promise<void> {
  await review.reviewAs('ann')
  await review.queue('Revised a box')
  for (const key of ['a', 'x', 'a']) await review.press(key)
  await shoot('queue')
  const judged = review.pathId()
  await review.at('comment').fill('The box misses the handle.')
  await review.at('comment').press('Tab')
  await page.getByTestId('canvas').focus()
  await review.press('x')
  await review.saved()
  await review.reviewAs('bob')
  await review.openAddress(origin, judged)
  await review.at('notes-hidden').scrollIntoViewIfNeeded()
  await shoot('second-opinion-blind')
  await page.getByTestId('canvas').focus()
  await page.keyboard.press('a')
  await review.saved()
  await review.openAddress(origin, judged)
  await review.at('other-review').first().waitFor()
  await review.at('other-review').first().scrollIntoViewIfNeeded()
  await shoot('second-opinion')
  await review.at('open-reviewers').click()
  await review.at('reviewer-row').first().waitFor()
  await shoot('agreement', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
  await review.at('open-bulk').click()
  await review.at('bulk-preview').waitFor()
  await shoot('bulk-preview', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
}

async function itemStates(): Promise<void> {
  const items = new ItemsPage(page)
  await items.go('data')
  await items.openItem(2)
  await items.write('item-question', 'Start at the dot and follow the moves. Which letter do you reach?')
  await items.waitForVersion(2)
  await items.write('item-answer', 'Z')
  await shoot('item')
  await items.write('item-answer', 'C')
  await items.openHistory()
  await shoot('item-history', async () => { await items.at('item-history').scrollIntoViewIfNeeded() })
  await items.tick(4, 5, 6)
  await items.at('tick-all').click()
  await items.at('bulk-change').click()
  await items.bulk('Add a tag', 'checked')
  await shoot('item-bulk', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
  await items.at('untick').click()
  await items.openItem(7)
  await items.at('item-trash').click()
  await items.at('open-trash').click()
  await items.row(0).waitFor()
  await shoot('trash')
  await items.at('close-trash').click()
  await items.openItem(3)
  await items.at('open-prelabel').click()
  await items.at('prelabel-preview').waitFor()
  await shoot('pre-label', undefined, page.getByRole('dialog'))
  await page.keyboard.press('Escape')
}

async function otherPages(): Promise<void> {
  await review.go('evaluate')
  await review.choose('compare-other', 'grpo')
  await review.at('pair-question').waitFor()
  await review.at('compare-panel').scrollIntoViewIfNeeded()
  await shoot('comparison')
  await review.go('models')
  await review.at('device-panel').waitFor()
  await shoot('models')
}

/** A picture of the page, or of a part of it. */
async function shoot(name: string, first?: () => Promise<unknown>, part?: Locator, of: Page = page): Promise<void> {
  await first?.()
  await of.waitForLoadState('networkidle')
  await of.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve) }) }))
  const png = await (part ?? of).screenshot({ animations: 'disabled' })
  const { width } = await sharp(png).metadata()
  for (const [scale, colours, dither] of LIGHTER) {
    const small = await sharp(png).resize(Math.round(width * scale)).png({ palette: true, colours, dither, effort: 10, compressionLevel: 9 }).toBuffer()
    if (small.length > HEAVIEST && scale > 0.7) continue
    writeFileSync(join(out, `${name}.png`), small)
    console.log(`docs/screenshots/review/${name}.png ${(small.length / 1000).toFixed(0)} kB`)
    return
  }
}
