// Two windows on one path: each is told at once, without reloading, what the other one stores and chooses; whoever chooses last, nothing is lost.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGenerating } from '#main/jobs/generating.ts'
import { listTrajectories } from '#main/store/trajectories.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { ReviewPage } from './pages/reviewPage.ts'

let opened: OpenedStudio
let first: ReviewPage
let second: ReviewPage

beforeAll(async () => {
  opened = await openedStudio()
  const { workshop } = opened.studio
  startGenerating(workshop, { generator: 'relation', count: 1, seed: 5, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  await workshop.runner.idle()
  first = new ReviewPage(opened.page)
  second = new ReviewPage(await opened.browser.newPage())
  await first.open(opened.url)
  const [path] = listTrajectories(workshop.project).rows
  for (const window of [first, second]) {
    await window.openAddress(new URL(opened.url).origin, path?.id ?? '')
    await window.chooseStep(0)
  }
}, 240_000)

afterAll(async () => { await opened?.close() })

async function think(window: ReviewPage, thought: string): Promise<string> {
  await window.at('thought').first().fill(thought)
  await window.at('thought').first().press('Tab')
  await window.saved()
  return window.pathId()
}

async function keepMine(window: ReviewPage): Promise<void> {
  await window.at('conflict-compare').click()
  await window.at('conflict-keep-mine').click()
  await window.at('conflict').waitFor({ state: 'hidden' })
}

const shown = (): string[] => listTrajectories(opened.studio.workshop.project, { newestOnly: true }).rows.map(({ id }) => id).toSorted()

it('offers the version another window stores, and shows a rival one in both', async () => {
  const own = second.pathId()
  const mine = await think(first, 'First.')
  await second.at('newer-version').waitFor()
  expect(second.pathId()).toBe(own)
  const theirs = await think(second, 'Second.')
  for (const window of [first, second]) await window.at('conflict').waitFor()
  expect(new Set([own, mine, theirs]).size).toBe(3)
  expect(await first.at('thought').first().inputValue()).toBe('First.')
  expect(await complaintsEverywhere(first.page)).toEqual({})
  expect(shown()).toEqual([mine, theirs].toSorted())
})

it('tells the other window which one was chosen, and lets it choose again', async () => {
  const [mine, theirs] = [first.pathId(), second.pathId()]
  await keepMine(first)
  await second.at('conflict').filter({ hasText: 'was chosen in another window' }).waitFor()
  expect(shown()).toEqual([mine])
  await keepMine(second)
  await first.at('conflict').filter({ hasText: 'was chosen in another window' }).waitFor()
  expect(shown()).toEqual([theirs])
  await first.at('conflict-compare').click()
  await first.at('conflict-take-theirs').click()
  await expect.poll(() => first.pathId(), { timeout: 30_000 }).toBe(theirs)
  await expect.poll(() => first.at('thought').first().inputValue(), { timeout: 30_000 }).toBe('Second.')
  expect(shown()).toEqual([theirs])
  expect(opened.faults).toEqual([])
})
