// Every page in both themes and both languages, looked at by axe (WCAG 2.1 A and AA and its best practices).
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from 'vite'
import vue from '@vitejs/plugin-vue'
import { openStudio, type Studio as OpenStudio } from '#main/api/studio.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'
import { openBrowser } from '../browser.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import type { RailPage } from './pages/studio.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const PAGES: readonly RailPage[] = ['data', 'review', 'train', 'evaluate', 'models']

interface AxeResult { violations: { id: string; impact: string | null; nodes: { html: string }[] }[] }

let folder: string
let studio: OpenStudio
let server: { url: string; close: () => Promise<void> }
let browser: BrowserContext
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-axe-'))
  const rendererFolder = join(folder, 'renderer')
  await build({
    configFile: false, logLevel: 'error', root: join(import.meta.dirname, '../../src/renderer'), base: './', plugins: [vue()],
    build: { outDir: rendererFolder, emptyOutDir: true, minify: false }
  })
  studio = await openStudio({ folder: join(folder, 'project'), rendererFolder })
  server = await serveStudio(studio, { port: 0 })
  browser = await openBrowser()
  page = await browser.newPage()
  const data = new DataPage(page)
  await data.open(server.url)
  await data.importSample()
  await data.generate({ generator: 'Maze', count: 4, seed: 3 })
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await studio?.close()
  await rm(folder, { recursive: true, force: true })
})

/** What axe complains of, in a form that reads well in a failed test; it looks once nothing fades in any more. */
async function complaints(): Promise<string[]> {
  await page.evaluate(() => Promise.allSettled(document.getAnimations()
    .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity).map((animation) => animation.finished)))
  await page.evaluate(AXE)
  const result = await page.evaluate<AxeResult>('axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })')
  return result.violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

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
    expect(await complaints()).toEqual([])
  })

  it.each([['data', 'open-generate', 'generate-dialog'], ['data', 'open-import', 'import-dialog'], ['train', 'open-start', 'train-dialog'], ['evaluate', 'open-evaluate', 'evaluate-dialog'], ['train', 'help', 'shortcut-sheet']] as const)('%s: %s', async (name, button, dialog) => {
    await visit(name)
    const studioPage = new DataPage(page)
    await studioPage.at(button).click()
    await studioPage.at(dialog).waitFor()
    expect(await complaints()).toEqual([])
    await page.keyboard.press('Escape')
    await studioPage.at(dialog).waitFor({ state: 'hidden' })
  })
})

it('is the same in Chinese', async () => {
  await new DataPage(page).switchLanguage()
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN')
  for (const name of PAGES) {
    await visit(name)
    expect({ name, complaints: await complaints() }).toEqual({ name, complaints: [] })
  }
})
