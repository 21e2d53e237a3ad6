// The desktop window without Electron: the built preload runs in Chromium against a stand-in for Electron's two objects it
// uses, its message port is carried to the same handler that the desktop's main process has.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { EventEmitter } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessagePortMain } from 'electron'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGenerating } from '#main/jobs/generating.ts'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { connectPort } from '#main/app/messagePort.ts'
import { serveStudio, type StudioServer } from '#main/serve/serveStudio.ts'
import { openBrowser } from '../browser.ts'

const out = join(import.meta.dirname, '..', '..', 'out')
const PRELOAD = join(out, 'preload', 'preload.cjs')

let folder: string
let studio: Studio
let server: StudioServer
let browser: BrowserContext
let page: Page
let gone = false
const sockets: string[] = []
const faults: string[] = []

beforeAll(async () => {
  if (!existsSync(PRELOAD) || !existsSync(join(out, 'renderer', 'index.html'))) throw new Error('Run `npm run build` first: the test drives the built files')
  folder = await mkdtemp(join(tmpdir(), 'sightline-window-'))
  studio = await openStudio({ folder })
  server = await serveStudio(studio, { port: 0 })
  browser = await openBrowser()
  await browser.setExtraHTTPHeaders({ authorization: `Bearer ${server.token}` })
  page = await browser.newPage()
  page.on('websocket', (socket) => sockets.push(socket.url()))
  page.on('pageerror', (error) => faults.push(error.message))
  await page.exposeBinding('toMain', (_source, data: unknown) => void main.emit('message', { data, ports: [] }))
  await page.addInitScript(`{ ${FAKE_ELECTRON}\n${await readFile(PRELOAD, 'utf8')} }`)
  connectPort(studio.router, main)
  await page.goto(server.origin)
})

afterAll(async () => {
  // As when the window closes: its port goes first, and with it every stream.
  gone = true
  main.emit('close')
  await browser?.close()
  await server?.close()
  await studio?.close()
  await rm(folder, { recursive: true, force: true })
})

/** What the preload asks of Electron, on the page's own objects; the port it hands over ends in the test's process. */
const FAKE_ELECTRON = `
  const require = () => ({
    contextBridge: { exposeInMainWorld: (name, value) => { window[name] = value } },
    ipcRenderer: { postMessage: (channel, _message, [port]) => {
      window.portFor = channel
      window.toPort = (data) => port.postMessage(data)
      port.onmessage = ({ data }) => window.toMain(data)
    } }
  })`

/** Electron's MessagePortMain as far as the handler uses it. */
const main = Object.assign(new EventEmitter(), {
  start: () => undefined,
  close: () => undefined,
  postMessage: (data: unknown) => {
    if (gone) return
    const delivery = page.evaluate((message) => (window as unknown as { toPort(data: unknown): void }).toPort(message), data)
    // A message still on its way when the test closes its page is lost with it, as with a window; any other failure counts.
    void delivery.catch((error: unknown) => {
      if (!gone) throw error
    })
  }
}) as unknown as MessagePortMain

describe('the desktop page', () => {
  it('talks over the message port alone', async () => {
    await page.getByTestId('status-project').getByText(studio.workshop.project.name).waitFor()
    expect(await page.evaluate(() => [JSON.stringify(window.studio), (window as unknown as { portFor: string }).portFor])).toEqual(['{"transport":"electron"}', 'rpc:connect'])
    expect(sockets).toEqual([])
  })

  it('is told of work as it happens', async () => {
    const title = page.getByTestId('status-job')
    startGenerating(studio.workshop, { generator: 'maze', count: 400, seed: 1, split: 'train', teacherPaths: true, reflectiveShare: 0 })
    await title.getByText('Generate 400 maze').waitFor()
    await studio.workshop.runner.idle()
    await title.getByText('Generate 400 maze').waitFor({ state: 'detached' })
  })

  it('shows no error', () => {
    expect(faults).toEqual([])
  })
})
