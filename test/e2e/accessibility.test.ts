// Every page in both themes and both languages, looked at by axe (WCAG 2.1 A and AA and its best practices).
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import type { RailPage } from './pages/studio.ts'

const PAGES: readonly RailPage[] = ['data', 'review', 'train', 'evaluate', 'models']

let opened: OpenedStudio
let page: Page

beforeAll(async () => {
  opened = await openedStudio()
  page = opened.page
  const data = new DataPage(page)
  await data.open(opened.url)
  await data.importSample()
  await data.generate({ generator: 'Maze', count: 4, seed: 3 })
})

afterAll(async () => await opened?.close())

async function visit(name: RailPage): Promise<void> {
  const review = new ReviewPage(page)
  await review.go(name)
  if (name === 'data') await new DataPage(page).openItem(8)
  if (name === 'review') await review.ready()
}

describe.each(['first theme', 'other theme'])('%s', (theme) => {
  beforeAll(async () => {
    if (theme !== 'first theme') await new DataPage(page).switchTheme()
  })

  it.each(PAGES)('%s page', async (name) => {
    await visit(name)
    expect(await complaintsOf(page)).toEqual([])
  })

  it.each([['data', 'open-generate', 'generate-dialog'], ['data', 'open-import', 'import-dialog'], ['train', 'open-start', 'train-dialog'], ['evaluate', 'open-evaluate', 'evaluate-dialog'], ['train', 'help', 'shortcut-sheet']] as const)('%s: %s', async (name, button, dialog) => {
    await visit(name)
    const studioPage = new DataPage(page)
    await studioPage.at(button).click()
    await studioPage.at(dialog).waitFor()
    expect(await complaintsOf(page)).toEqual([])
    await page.keyboard.press('Escape')
    await studioPage.at(dialog).waitFor({ state: 'hidden' })
  })
})

it('is the same in Chinese', async () => {
  await new DataPage(page).switchLanguage()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
  for (const name of PAGES) {
    await visit(name)
    expect({ name, complaints: await complaintsOf(page) }).toEqual({ name, complaints: [] })
  }
})
