import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'

/** Path of a Chromium the tests can drive: the system's, else the one Playwright downloaded. */
export function findBrowser(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', chromium.executablePath()].find((path) => existsSync(path))
}

/** A fresh browser profile in a real headless Chromium; close it after use. */
export async function openBrowser(options: { width?: number; height?: number; scale?: number } = {}): Promise<BrowserContext> {
  const executablePath = findBrowser()
  if (executablePath === undefined) throw new Error('No Chromium found; run `node scripts/browser.ts`')
  return chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'sightline-browser-')), {
    executablePath,
    headless: true,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    deviceScaleFactor: options.scale ?? 1,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
}
