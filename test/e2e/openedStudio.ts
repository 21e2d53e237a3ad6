import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { inject } from 'vitest'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { serveStudio } from '#main/serve/serveStudio.ts'
import { openBrowser } from '../browser.ts'

export interface OpenedStudio {
  readonly studio: Studio
  readonly page: Page
  readonly browser: BrowserContext
  readonly url: string
  /** Where this studio keeps endpoints and their keys. */
  readonly endpointFolder: string
  /** What went wrong in the page so far. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** A fresh project in this process, served to a browser of its own. */
export async function openedStudio(): Promise<OpenedStudio> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-studio-'))
  const endpointFolder = join(folder, 'endpoints')
  const studio = await openStudio({ folder: join(folder, 'project'), rendererFolder: inject('rendererFolder'), endpoints: new EndpointStore(endpointFolder) })
  const server = await serveStudio(studio, { port: 0 })
  const browser = await openBrowser()
  const page = await browser.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  return {
    studio, page, browser, url: server.url, endpointFolder, faults,
    close: async () => {
      await browser.close()
      await server.close()
      await studio.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
