// Pictures of every page for docs/, made from the real program on a copy of a project that `demo` made: node scripts/screenshots.ts DIR
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { openStudio } from '#main/api/studio.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'
import { openBrowser } from '../test/browser.ts'
import { DataPage } from '../test/e2e/pages/dataPage.ts'
import { ItemsPage } from '../test/e2e/pages/itemsPage.ts'
import { ReviewPage } from '../test/e2e/pages/reviewPage.ts'
import { buildRenderer } from '../test/e2e/builtRenderer.ts'
import { root } from './sources.ts'

const [folder = 'projects/demo'] = process.argv.slice(2)
const out = join(root, 'docs', 'screenshots')
mkdirSync(out, { recursive: true })
const work = mkdtempSync(join(tmpdir(), 'sightline-pictures-'))
const rendererFolder = join(work, 'renderer')
await buildRenderer(rendererFolder)
cpSync(folder, join(work, 'project'), { recursive: true })
const studio = await openStudio({ folder: join(work, 'project'), rendererFolder })
const server = await serveStudio(studio, { port: 0 })
const browser = await openBrowser({ width: 1440, height: 900 })
const page = await browser.newPage()
const data = new DataPage(page)
const review = new ReviewPage(page)
const items = new ItemsPage(page)
/** The path the review pictures show: a right one that corrects itself. */
let shown = ''

try {
  await data.open(server.url)
  await showPages('')
  await review.switchTheme()
  await showPages('-dark')
  await review.switchTheme()
  await review.switchLanguage()
  await showPages('-zh')
} finally {
  await browser.close()
  await server.close()
  await studio.close()
  rmSync(work, { recursive: true, force: true })
}

async function showPages(suffix: string): Promise<void> {
  await data.go('data')
  await data.search('Start at the dot')
  await data.openItem(0)
  await shoot(`data${suffix}`)
  await showItemWork(suffix)
  await review.go('review')
  if (shown === '') {
    await review.choose('path-task', 'maze')
    await review.choose('path-reflective', 'Reflective')
    await review.choose('path-correct', 'Right')
    await review.openPath(0)
    shown = review.pathId()
  } else {
    await page.evaluate((id) => { location.hash = `#/review/${id}` }, shown)
    await review.ready()
  }
  await review.chooseStep(1)
  await shoot(`review${suffix}`)
  for (const name of ['train', 'evaluate', 'models'] as const) {
    await data.go(name)
    if (name === 'models') await page.getByTestId('memory-plans').waitFor()
    await shoot(`${name}${suffix}`)
  }
}

/** An answer that cannot be stored, and what a bulk action would do; neither changes the project. */
async function showItemWork(suffix: string): Promise<void> {
  await items.write('item-answer', 'perhaps')
  await items.at('issue-answer').waitFor()
  await shoot(`item-issue${suffix}`)
  await items.at('item-detail').locator('h2').first().click()
  await page.keyboard.press('ControlOrMeta+z')
  await items.at('issue-answer').waitFor({ state: 'detached' })
  await items.tick(0, 1)
  await items.at('tick-all').click()
  await items.at('bulk-change').click()
  await items.at('bulk-split').locator('label').last().click()
  await items.bulkPreview()
  await shoot(`items-bulk${suffix}`)
  await items.at('bulk-cancel').click()
  await items.at('untick').click()
}

async function shoot(name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await sharp(await page.screenshot({ animations: 'disabled' })).png({ palette: true, effort: 10, compressionLevel: 9 }).toFile(join(out, `${name}.png`))
  console.log(`docs/screenshots/${name}.png`)
}
