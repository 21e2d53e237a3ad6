import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Frames, about two seconds. */
const LONGEST_FADE = 120
/** Frames in which nothing fades before all have ended: what has just been put there begins to fade in the next one. */
const QUIET = 3

interface AxeResult { violations: { id: string; impact: string | null; nodes: { html: string }[] }[] }

/**
 * What axe complains of (WCAG 2.1 A and AA, its best practices), in a form that reads well in a failed test; it looks once nothing fades in any more.
 * @param within selects the part to look at
 */
export async function complaintsOf(page: Page, within = 'html'): Promise<string[]> {
  await page.evaluate(async ([frames, wanted]) => {
    const fades = (): boolean => document.getAnimations().some(({ playState, effect }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
    // Counted, since an animation that its page forgot never ends.
    for (let frame = 0, quiet = 0; frame < frames && quiet < wanted; frame++) {
      await new Promise(requestAnimationFrame)
      quiet = fades() ? 0 : quiet + 1
    }
  }, [LONGEST_FADE, QUIET] as const)
  await page.evaluate(AXE)
  const result = await page.evaluate<AxeResult>(`axe.run('${within}', { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] })`)
  return result.violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

/** Complaints of what is shown now, in both themes and both languages, by where they arise; the page is left as it was found. */
export async function complaintsEverywhere(page: Page): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const theme of ['one theme', 'other theme']) {
    for (const language of ['one language', 'other language']) {
      found[`${theme}, ${language}`] = await complaintsOf(page)
      await press(page, 'language')
    }
    await press(page, 'theme')
  }
  return Object.fromEntries(Object.entries(found).filter(([, complaints]) => complaints.length > 0))
}

/** Presses a button of the rail even where a dialog lies over it. */
async function press(page: Page, testid: string): Promise<void> {
  await page.getByTestId(testid).dispatchEvent('click')
}
