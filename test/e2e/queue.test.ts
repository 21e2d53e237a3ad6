// Review queues with a real mouse and real keys: filters, saved queues and their places, one-key triage, verdicts on steps, bulk
// verdicts with undo, two reviewers.
import { rm } from 'node:fs/promises'
import type { ChildProcess } from 'node:child_process'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openBrowser } from '../browser.ts'
import { complaintsOf } from './axe.ts'
import { QueuePage } from './pages/queuePage.ts'
import { ALL_WRONG, ITEMS, makeQueueProject } from './queueProject.ts'
import { killProgram, startProgram } from './reviewProject.ts'

const PATHS = ITEMS * 3

let folder: string
const rendererFolder = inject('rendererFolder')
let program: ChildProcess
let url: string
let browser: BrowserContext
let page: Page
let review: QueuePage
const faults: string[] = []

beforeAll(async () => {
  const made = await makeQueueProject()
  folder = made.folder
  ;({ url, program } = await startProgram(folder, rendererFolder))
  browser = await openBrowser({ width: 1600, height: 1000 })
  page = await browser.newPage()
  page.setDefaultTimeout(30_000)
  page.on('pageerror', (error) => faults.push(error.message))
  review = new QueuePage(page)
  await review.open(url)
  await review.go('review')
  await review.settled()
  await review.reviewAs('ann')
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await killProgram(program)
  await rm(folder, { recursive: true, force: true })
})

const total = (count: number): Promise<void> => review.at('path-count').and(page.locator(`[data-total="${count}"]`)).waitFor()

/** What axe says of what is shown now, in one theme and language and in the others. */
async function complaints(): Promise<string[][]> {
  const change = async (): Promise<void> => {
    for (const button of ['theme', 'language']) await page.getByTestId(button).dispatchEvent('click')
  }
  const found = [await complaintsOf(page)]
  await change()
  found.push(await complaintsOf(page))
  await change()
  return found
}

describe('filters', () => {
  it('find what went wrong, what the model was unsure of, and what is still open', async () => {
    await total(PATHS)
    await review.at('more-filters').click()
    await review.choose('path-wellFormed', 'format failed')
    await total(1)
    await review.at('path-clear').click()
    await review.choose('path-allWrong', 'all rollouts wrong')
    await total(ALL_WRONG * 2)
    await review.at('path-clear').click()
    await review.choose('path-confidence', 'least sure 25 %')
    await total(ITEMS * 2 / 4)
    expect(await review.at('path-confidence').innerText()).toMatch(/^below \d+(\.\d)? %$/)
    await review.choose('path-finish', 'too many turns')
    await total(0)
    await review.at('path-clear').click()
    await total(PATHS)
  })

  it('become queues that keep a name, are renamed and deleted', async () => {
    await review.choose('path-origin', 'model')
    await review.choose('path-correct', 'Wrong')
    await total(ITEMS + ALL_WRONG)
    await review.at('queue-save').click()
    await page.locator('[data-testid=queue-name]:focus').waitFor()
    await page.keyboard.type('wrong rollouts')
    await page.keyboard.press('Enter')
    await review.at('queue-dialog').waitFor({ state: 'hidden' })
    await page.reload()
    await review.settled()
    await total(ITEMS + ALL_WRONG)
    expect((await review.counts())['wrong rollouts']).toBe(ITEMS + ALL_WRONG)
    await review.at('queue-edit').click()
    await review.at('queue-name').fill('wrong ones')
    await review.at('queue-keep').click()
    await review.at('queue-dialog').waitFor({ state: 'hidden' })
    const counts = await review.counts()
    expect([counts['wrong ones'], counts['wrong rollouts']]).toEqual([ITEMS + ALL_WRONG, undefined])
    await review.at('queue-edit').click()
    await review.at('queue-delete').click()
    await review.at('queue-dialog').waitFor({ state: 'hidden' })
    expect((await review.counts())['wrong ones']).toBeUndefined()
    await review.at('path-clear').click()
  })
})

describe('a queue', () => {
  it('is judged by single keys; going back shows what was said, undo takes it back', async () => {
    await review.queue('Not judged')
    expect(await review.position()).toEqual({ at: 1, total: PATHS, judged: 0 })
    const first = review.pathId()
    const second = await review.press('a')
    expect(await review.position()).toEqual({ at: 2, total: PATHS, judged: 1 })
    await review.press('x')
    const fourth = await review.press('s')
    expect(await review.position()).toEqual({ at: 4, total: PATHS, judged: 2 })
    await review.press('w')
    expect(await review.verdict()).toBe('none')
    expect(await review.press('w')).toBe(second)
    expect(await review.verdict()).toBe('reject')
    expect(await review.press('w')).toBe(first)
    expect(await review.verdict()).toBe('accept')
    await review.undo()
    await review.at('verdict-bar').and(page.locator('[data-verdict=none]')).waitFor()
    await review.saved()
    expect((await review.position()).judged).toBe(1)
    for (let i = 0; i < 3; i++) await review.press('s')
    expect(review.pathId()).toBe(fourth)
  })

  it('remembers its place over a reload and another queue, without what was judged', async () => {
    const here = review.pathId()
    await page.reload()
    await review.settled()
    expect(review.pathId()).toBe(here)
    await expect.poll(() => review.position()).toEqual({ at: 3, total: PATHS - 1, judged: 0 })
    await review.queue('All rollouts wrong')
    expect(await review.position()).toEqual({ at: 1, total: ALL_WRONG * 2, judged: 0 })
    await review.queue('Not judged')
    expect(review.pathId()).toBe(here)
  })

  it('says when its last path was reached', async () => {
    await review.queue('All rollouts wrong')
    for (let i = 1; i < ALL_WRONG * 2; i++) await review.press('s')
    await page.keyboard.press('x')
    await review.at('queue-end').waitFor()
    expect(await review.verdict()).toBe('reject')
    await review.saved()
    expect(await review.position()).toEqual({ at: ALL_WRONG * 2, total: ALL_WRONG * 2, judged: 1 })
  })
})

describe('a verdict on a step', () => {
  it('is given by key and by mouse, commented, undone, and there after a reload', async () => {
    const verdicts = (): Promise<(string | null)[]> => page.getByTestId('step-verdict').evaluateAll((steps) => steps.map((step) => (step as HTMLElement).dataset['verdict'] ?? null))
    await review.press('w')
    await page.keyboard.press('d')
    await page.keyboard.press('j')
    await page.keyboard.press('q')
    await expect.poll(verdicts).toEqual(expect.arrayContaining(['reject', 'accept']))
    expect((await verdicts()).slice(0, 2)).toEqual(['reject', 'accept'])
    await page.getByTestId('step-comment').first().fill('the wrong cup')
    await page.getByTestId('step-comment').first().press('Tab')
    await page.getByTestId('step-reject').nth(1).click()
    await expect.poll(async () => (await verdicts()).slice(0, 2)).toEqual(['reject', 'reject'])
    await page.getByTestId('canvas').focus()
    await review.undo()
    await expect.poll(async () => (await verdicts()).slice(0, 2)).toEqual(['reject', 'accept'])
    await review.saved()
    await page.reload()
    await review.settled()
    await expect.poll(async () => (await verdicts()).slice(0, 2)).toEqual(['reject', 'accept'])
    expect(await page.getByTestId('step-comment').first().inputValue()).toBe('the wrong cup')
    expect(await review.verdict()).toBe('none')
  })
})

describe('two reviewers', () => {
  it('a second review is blind until its own verdict, and what differs is a conflict for both', async () => {
    await review.queue('Not judged')
    const id = await review.press('s')
    await review.press('x')
    await review.saved()
    await review.reviewAs('bob')
    await review.at('open-reviewers').click()
    await review.at('reviewer-row').first().waitFor()
    expect(await review.at('reviewer-row').allInnerTexts()).toEqual([expect.stringMatching(/^ann\s+3\s+0\s+3/)])
    await review.at('second-review').click()
    await page.waitForURL(/secondReview/)
    await review.settled()
    expect((await review.position()).total).toBe(3)
    await review.openAddress(new URL(url).origin, id)
    expect(await review.verdict()).toBe('none')
    await review.at('notes-hidden').waitFor()
    const entry = page.locator('[data-testid=paths-row][aria-selected=true]')
    expect(await entry.getByLabel('Reject').count()).toBe(0)
    await page.keyboard.press('a')
    await review.saved()
    await page.keyboard.press('w')
    await review.settled()
    await review.at('disagree').waitFor()
    await review.at('open-reviewers').click()
    await review.at('pair-row').waitFor()
    expect(await review.at('pair-row').innerText()).toMatch(/ann · bob\s+1\s+0 %\s+0\.00/)
    expect(await review.at('conflict-said').allInnerTexts()).toEqual(['ann Reject', 'bob Accept'])
    expect(await complaints()).toEqual([[], []])
    await review.at('conflict-queue').click()
    await page.waitForURL(/disagree/)
    await review.settled()
    expect([review.pathId(), (await review.position()).total]).toEqual([id, 1])
  })
})

describe('a word on the whole query', () => {
  it('is told before, said of all pages, and taken back except where something else was said since', async () => {
    await review.queue('All rollouts wrong')
    await review.at('open-bulk').click()
    await page.locator('[data-testid=bulk-state][data-changed="6"]').waitFor()
    await review.at('bulk-reject').check()
    await page.locator('[data-testid=bulk-state][data-changed="6"]').waitFor()
    expect(await review.at('bulk-preview').innerText()).toMatch(/^6 paths pass the filters\. 6 of them will change\. Of all you have accepted 0 and rejected 0\./)
    expect(await review.at('bulk-examples').locator('li').count()).toBe(5)
    expect(await complaints()).toEqual([[], []])
    await review.at('bulk-apply').click()
    await review.at('bulk-said').waitFor()
    expect(await review.at('bulk-said').innerText()).toBe('Said of 6 paths.')
    await page.keyboard.press('Escape')
    await review.at('bulk-dialog').waitFor({ state: 'hidden' })
    await expect.poll(() => review.verdict()).toBe('reject')
    await expect.poll(() => review.position()).toEqual({ at: 1, total: 6, judged: 6 })
    await page.getByTestId('canvas').focus()
    await review.press('a')
    await review.saved()
    await review.at('open-bulk').click()
    await review.at('bulk-undo').click()
    await review.at('bulk-said').waitFor()
    expect(await review.at('bulk-said').innerText()).toBe('Taken back on 5 paths. 1 was left: you said something else of it since.')
    await page.keyboard.press('Escape')
    await review.at('bulk-dialog').waitFor({ state: 'hidden' })
    await expect.poll(() => review.position()).toMatchObject({ total: 6, judged: 1 })
  })
})

describe('accessibility', () => {
  it('nothing to complain of with every filter open and steps judged', async () => {
    await review.at('more-filters').click()
    await page.getByTestId('canvas').focus()
    await page.keyboard.press('d')
    await review.at('step-comment').first().waitFor()
    expect(await complaints()).toEqual([[], []])
  })

  it('no fault was thrown on the way', () => {
    expect(faults).toEqual([])
  })
})
