// A path corrected and continued by the embedded model, with a real mouse and real keys: the edit is stored, the model goes on
// from the edited prefix, its paths appear beside the parent, and one of them is accepted; then all paths beside each other.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import { addReview, listReviews } from '#main/store/reviews.ts'
import { complaintsEverywhere, complaintsOf } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'

const CORRECTED = 'The way begins at the upper left.'
let opened: OpenedStudio
let review: ReviewPage

beforeAll(async () => {
  opened = await openedStudio()
  const data = new DataPage(opened.page)
  await data.open(opened.url)
  expect(await data.generate({ generator: 'Maze', count: 2, seed: 5 })).toBe('finished')
  review = new ReviewPage(opened.page)
  await review.go('review')
  await review.openPath(0)
}, 240_000)

afterAll(async () => { await opened?.close() })

it('lets a model go on from an edited step, beside the parent', async () => {
  const { page } = opened
  const original = review.pathId()
  await review.chooseStep(0)
  await review.at('thought').first().fill(CORRECTED)
  await review.at('continue-open').click()
  expect(await review.at('continue-dialog').innerText()).toContain('Continue after step 1')
  await review.setNumber('continue-samples', 2)
  await review.at('continue-start').click()
  await expect.poll(() => review.at('continuation').count(), { timeout: 120_000 }).toBe(2)
  const edited = review.pathId()
  expect(edited).not.toBe(original)
  await review.at('continuation').last().scrollIntoViewIfNeeded()
  expect(await complaintsEverywhere(page)).toEqual({})
  await review.at('continuation').first().click()
  await expect.poll(() => review.pathId()).not.toBe(edited)
  await expect.poll(() => review.at('continued-from').innerText()).toBe(edited)
  expect(await review.at('thought').first().inputValue()).toBe(CORRECTED)
  // Only what the model wrote has tokens; the pointer reads them off.
  expect(await review.at('token-strip').count()).toBe(await review.at('step').count() - 1)
  const strip = review.at('token-strip').first()
  await strip.scrollIntoViewIfNeeded()
  const box = await strip.boundingBox()
  await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 4)
  const count = await strip.getAttribute('data-count')
  await expect.poll(() => strip.getByTestId('token-reading').innerText()).toMatch(new RegExp(`^token ${count} of ${count}: log p -?\\d+\\.\\d\\d, H`))
  expect(await review.at('verdict-bar').getAttribute('data-verdict')).toBe('none')
  const own = review.pathId()
  await page.keyboard.press('a')
  await review.saved()
  await page.goto(page.url().replace(/#.*/, `#/review/${own}`))
  await expect.poll(() => review.at('verdict-bar').getAttribute('data-verdict')).toBe('accept')
  expect(opened.faults).toEqual([])
}, 240_000)

it('shows the group sorted by any column, and two paths step by step', async () => {
  const { page } = opened
  await review.at('open-group').click()
  await expect.poll(() => review.at('group-row').count()).toBe(2)
  await review.at('group-every').press('Space')
  await expect.poll(() => review.at('group-row').count()).toBe(4)
  const steps = async (): Promise<number[]> => (await review.at('group-row').locator('td:nth-child(5)').allInnerTexts()).map(Number)
  await review.at('group-by-steps').press('Enter')
  const falling = await steps()
  expect(falling).toEqual(falling.toSorted((a, b) => b - a))
  await review.at('group-by-steps').press('Enter')
  expect(await steps()).toEqual(falling.toReversed())
  await review.at('group-compare').first().click()
  await review.at('path-diff').waitFor()
  expect(await review.at('diff-step').count()).toBeGreaterThan(1)
  expect(await review.at('diff-shape').first().innerText()).toMatch(/box 1: corners moved by \d+ px and \d+ px, overlap \(IoU\) [\d.]+|line 1: start moved by \d+ px, end by \d+ px|1: in one path only/)
  expect(await complaintsOf(page)).toEqual([])
  expect(opened.faults).toEqual([])
}, 120_000)

it('keeps a comment, and shows what others said only after the own verdict', async () => {
  const { page, studio } = opened
  const id = TrajectoryId.parse(review.pathId())
  await page.keyboard.press('Escape')
  await review.at('group-dialog').waitFor({ state: 'hidden' })
  await review.at('comment').fill('Stops too early.')
  await review.at('comment').press('Tab')
  await review.saved()
  expect(listReviews(studio.workshop.project, id).at(-1)).toMatchObject({ comment: 'Stops too early.', verdict: 'accept' })
  addReview(studio.workshop.project, {
    id: newId(ReviewId), trajectoryId: id, reviewer: 'ben', verdict: 'reject', reflective: null, comment: 'No answer.', createdAt: new Date().toISOString()
  })
  await page.reload()
  await review.ready()
  expect(await review.at('comment').inputValue()).toBe('Stops too early.')
  await expect.poll(() => review.at('other-review').innerText()).toContain('No answer.')
  await review.at('disagree').waitFor()
  expect(await complaintsOf(page)).toEqual([])
  await review.at('accept').click()
  await review.at('notes-hidden').waitFor()
  expect(await review.at('other-review').count()).toBe(0)
  expect(opened.faults).toEqual([])
}, 120_000)
