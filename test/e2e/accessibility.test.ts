// Every page and dialog in both themes and in Chinese, looked at by axe (WCAG 2.1 A and AA and its best practices); focus that
// can be seen wherever Tab goes; nothing that moves for those who asked for rest.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import type { RailPage } from './pages/studio.ts'

const PAGES: readonly RailPage[] = ['data', 'review', 'train', 'evaluate', 'models']
/** What opens each dialog of a page. */
const DIALOGS: Readonly<Record<RailPage, readonly (readonly [button: string, dialog: string])[]>> = {
  data: [['open-generate', 'generate-dialog'], ['open-import', 'import-dialog']],
  review: [['open-group', 'group-dialog'], ['continue-open', 'continue-dialog'], ['help', 'shortcut-sheet']],
  train: [['open-start', 'train-dialog'], ['open-pipeline', 'pipeline-dialog']],
  evaluate: [['open-evaluate', 'evaluate-dialog']],
  models: [['import-model', 'import-model-dialog'], ['endpoint-add', 'endpoint-dialog']]
}

let opened: OpenedStudio
let page: Page
let data: DataPage

beforeAll(async () => {
  opened = await openedStudio()
  page = opened.page
  await page.emulateMedia({ reducedMotion: 'reduce' })
  data = new DataPage(page)
  await data.open(opened.url)
  await data.importSample()
  await data.generate({ generator: 'Maze', count: 4, seed: 3 })
})

afterAll(async () => await opened?.close())

async function visit(name: RailPage): Promise<void> {
  await data.go(name)
  if (name === 'data') await data.openItem(8)
  if (name !== 'review') return
  await new ReviewPage(page).ready()
  await data.at('canvas').focus()
  await page.keyboard.press('Control+a')
  await data.at('shape-editor').waitFor()
}

describe.each(['one theme', 'other theme', 'Chinese'])('%s', (look) => {
  beforeAll(async () => {
    if (look === 'other theme') await data.switchTheme()
    if (look === 'Chinese') await data.switchLanguage()
    expect(await page.locator('html').getAttribute('lang')).toBe(look === 'Chinese' ? 'zh-CN' : 'en')
  })

  it.each(PAGES)('%s page and its dialogs', async (name) => {
    await visit(name)
    const complaints: Record<string, string[]> = { page: await complaintsOf(page) }
    for (const [button, dialog] of DIALOGS[name]) {
      await data.at(button).first().click()
      await data.at(dialog).waitFor()
      complaints[dialog] = await complaintsOf(page, '[role=dialog]')
      await page.keyboard.press('Escape')
      await data.at(dialog).waitFor({ state: 'hidden' })
    }
    expect(Object.entries(complaints).filter(([, found]) => found.length > 0)).toEqual([])
  })
})

describe('without a mouse', () => {
  it.each(PAGES)('Tab shows where it is everywhere on the %s page', async (name) => {
    await visit(name)
    await data.at('rail-data').focus()
    const unseen: string[] = []
    const places = new Set<string>()
    for (let steps = 0; steps < 120; steps++) {
      await page.keyboard.press('Tab')
      const { place, seen } = await page.evaluate(focusShown)
      if (place === null) break
      places.add(place)
      if (!seen) unseen.push(place)
    }
    expect(unseen).toEqual([])
    expect(places.size).toBeGreaterThan(8)
  })

  it('a dialog keeps the focus and gives it back', async () => {
    await visit('data')
    await data.at('open-generate').focus()
    await page.keyboard.press('Enter')
    await data.at('generate-dialog').waitFor()
    for (let steps = 0; steps < 30; steps++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true)
    }
    await page.keyboard.press('Escape')
    await data.at('generate-dialog').waitFor({ state: 'hidden' })
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('open-generate')
  })
})

it('nothing moves where rest was asked for', async () => {
  await visit('data')
  await data.at('open-generate').click()
  await data.at('generate-dialog').waitFor()
  const longest = await page.evaluate(() => Math.max(0, ...document.getAnimations().map((animation) => Number(animation.effect?.getComputedTiming().activeDuration))))
  expect(longest).toBeLessThanOrEqual(1)
  expect(opened.faults).toEqual([])
})

/** In the page: what has the focus, and whether it, or what frames it, looks otherwise than without. */
async function focusShown(): Promise<{ place: string | null; seen: boolean }> {
  const element = document.activeElement
  if (!(element instanceof HTMLElement || element instanceof SVGElement) || element === document.body) return { place: null, seen: true }
  const frames = [element, element.parentElement, element.parentElement?.parentElement, element.parentElement?.parentElement?.parentElement]
  const looks = (): string => frames.map((frame) => {
    if (!frame) return ''
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor } = getComputedStyle(frame)
    return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, boxShadow, borderColor].join()
  }).join('|')
  const settled = async (): Promise<void> => {
    await new Promise((resolve) => { requestAnimationFrame(() => { requestAnimationFrame(resolve) }) })
    await Promise.allSettled(document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity).map((animation) => animation.finished))
  }
  await settled()
  const focused = looks()
  element.blur()
  await settled()
  const seen = looks() !== focused
  element.focus({ preventScroll: true })
  return { place: element.dataset['testid'] ?? element.getAttribute('aria-label') ?? element.textContent ?? '', seen }
}
