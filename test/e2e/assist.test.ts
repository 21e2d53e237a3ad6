// Paths written by models for people, with a real mouse and real keys: the embedded model pre-labels what a list shows, a reviewer
// judges it and nothing of that is touched by the next one; an endpoint is cut short and gone on with, and continues an edited path.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGenerating } from '#main/jobs/generating.ts'
import { listTrajectories } from '#main/store/trajectories.ts'
import { fakeServer, type FakeServer, said } from '../endpoint/fakeServer.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'

const ITEMS = 4
const THOUGHT = 'The first move goes right.'
let opened: OpenedStudio
let server: FakeServer
let data: DataPage
let review: ReviewPage
/** Answers after this many hang until it is raised. */
let patience = 2

beforeAll(async () => {
  server = await fakeServer((_asked, count) => count > patience ? null : said('<think> seen </think> Action: Answer\n<answer> A </answer>'))
  opened = await openedStudio()
  const { runner, endpoints } = opened.studio.workshop
  startGenerating(opened.studio.workshop, { generator: 'maze', count: ITEMS, seed: 5, split: 'train', teacherPaths: false, reflectiveShare: 0 })
  await runner.idle()
  await endpoints.add(server.endpoint({ parallelism: 1 }), 'key')
  data = new DataPage(opened.page)
  review = new ReviewPage(opened.page)
  await data.open(opened.url)
}, 240_000)

afterAll(async () => {
  await opened?.close()
  await server?.close()
})

function pathsOf(origin: 'model' | 'teacher' | 'human'): number {
  return listTrajectories(opened.studio.workshop.project, { origin }).total
}

/** What the dialog says it would write. */
async function previewed(items: number, skipped: number): Promise<void> {
  await data.at('prelabel-preview').and(data.page.locator(`[data-items="${items}"][data-skipped="${skipped}"]`)).waitFor()
}

it('says how much it would write, writes it beside the page and leads to it', async () => {
  await data.go('data')
  await data.waitForTotal(ITEMS)
  await data.page.keyboard.press('Shift+P')
  await previewed(ITEMS, 0)
  expect(await data.at('prelabel-time').innerText()).toBe('Time unknown until this model has written some')
  expect(await data.at('prelabel-memory').innerText()).toMatch(/^Memory .* of .* GB$/)
  await data.setNumber('prelabel-samples', 2)
  await data.setNumber('prelabel-temperature', 0)
  await data.at('prelabel-dialog').getByText('At temperature 0 they would all be the same.').waitFor()
  expect(await data.at('prelabel-start').isDisabled()).toBe(true)
  await data.setNumber('prelabel-samples', 1)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  await data.at('prelabel-start').click()
  await data.at('job-finished').waitFor({ timeout: 120_000 })
  await data.at('review-prelabel').click()
  await data.at('page-review').waitFor()
  await review.at('path-count').and(data.page.locator(`[data-total="${ITEMS}"]`)).waitFor()
  expect(pathsOf('model')).toBe(ITEMS)
  expect(await review.page.locator('[data-testid=paths-row][data-index="0"]').innerText()).toContain('pre-label')
})

it('leaves what a reviewer made of it alone when it runs again for the list', async () => {
  await review.openPath(0)
  await review.chooseStep(0)
  const first = review.pathId()
  await review.at('thought').first().fill(THOUGHT)
  await review.at('thought').first().press('Tab')
  await review.saved()
  const edited = review.pathId()
  expect(edited).not.toBe(first)
  await review.page.getByTestId('canvas').focus()
  await review.page.keyboard.press('Shift+P')
  await review.at('prelabel-scope').getByText('All in the list', { exact: true }).click()
  await review.choose('prelabel-skip', 'those without a path')
  await previewed(0, ITEMS)
  await review.choose('prelabel-skip', 'all, whatever they have')
  await previewed(ITEMS, 0)
  expect(await review.at('prelabel-time').innerText()).toMatch(/^About \d+:\d\d at its last rate$/)
  await review.at('prelabel-keep').getByText('Best of each', { exact: true }).click()
  await review.setNumber('prelabel-samples', 2)
  await review.at('prelabel-start').click()
  expect(await review.jobEnd()).toBe('finished')
  expect([pathsOf('model'), pathsOf('human')]).toEqual([2 * ITEMS, 1])
  await review.openAddress(new URL(opened.url).origin, edited)
  expect(await review.at('thought').first().inputValue()).toBe(THOUGHT)
})

it('goes on with an endpoint that was cut short', async () => {
  await data.go('data')
  await data.at('open-prelabel').click()
  await data.choose('writer-select', 'fake · seer (endpoint)')
  await data.choose('prelabel-skip', 'those without one of this model')
  await previewed(ITEMS, 0)
  await data.at('prelabel-start').click()
  await expect.poll(() => server.asked.length, { timeout: 30_000 }).toBe(patience + 1)
  await data.at('job-cancel').click()
  expect(await data.jobEnd()).toBe('stopped')
  expect(pathsOf('teacher')).toBe(patience)
  patience = Infinity
  await data.at('open-prelabel').click()
  await data.at('interrupted-prelabel').waitFor()
  expect(await data.at('interrupted-prelabel').innerText()).toContain(`2 of ${ITEMS} questions done`)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  await data.at('prelabel-resume').click()
  expect(await data.jobEnd()).toBe('finished')
  expect(pathsOf('teacher')).toBe(ITEMS)
})

it('lets an endpoint go on from an edited path, beside its parent', async () => {
  const { project, runner } = opened.studio.workshop
  startGenerating(opened.studio.workshop, { generator: 'relation', count: 1, seed: 5, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  await runner.idle()
  const [scripted] = listTrajectories(project, { task: 'relation' }).rows
  await review.openAddress(new URL(opened.url).origin, scripted?.id ?? '')
  await review.chooseStep(0)
  await review.at('thought').first().fill(THOUGHT)
  const before = server.asked.length
  await review.at('continue-open').click()
  await review.choose('writer-select', 'fake · seer (endpoint)')
  await review.setNumber('continue-samples', 2)
  expect(await complaintsEverywhere(review.page)).toEqual({})
  await review.at('continue-start').click()
  await expect.poll(() => review.at('continuation').count(), { timeout: 30_000 }).toBe(2)
  const parent = review.pathId()
  expect(parent).not.toBe(scripted?.id)
  expect(server.asked.length).toBe(before + 2)
  const [, written, shown] = server.asked[before]?.body?.messages.slice(-3) ?? []
  expect(JSON.stringify(written)).toContain(THOUGHT)
  expect(JSON.stringify(shown)).toContain('data:image/png')
  await review.at('continuation').first().click()
  await expect.poll(() => review.at('continued-from').innerText(), { timeout: 30_000 }).toBe(parent)
  expect(opened.faults).toEqual([])
})
