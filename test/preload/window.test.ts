import type { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { openWindow, ORIGIN } from '#main/app/window.ts'

const { windows, permissions } = vi.hoisted(() => ({ windows: [] as FakeWindow[], permissions: [] as ((...args: never[]) => unknown)[] }))

interface FakeWindow {
  options: { webPreferences: Record<string, unknown> }
  shown: string | null
  opener: (() => { action: string }) | null
  webContents: EventEmitter
}

vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events')
  class BrowserWindow {
    static getAllWindows = () => []
    readonly options: unknown
    shown: string | null = null
    opener: unknown = null
    readonly webContents = Object.assign(new EventEmitter(), { setWindowOpenHandler: (opener: unknown) => { this.opener = opener } })
    constructor(options: unknown) {
      this.options = options
      windows.push(this as unknown as FakeWindow)
    }
    removeMenu(): void { /* the fake has none */ }
    loadURL(url: string): Promise<void> {
      this.shown = url
      return Promise.resolve()
    }
  }
  const defaultSession = {
    setPermissionRequestHandler: (handler: never) => permissions.push(handler), setPermissionCheckHandler: (handler: never) => permissions.push(handler)
  }
  return { BrowserWindow, session: { defaultSession } }
})

describe('the window', () => {
  openWindow()
  const window = windows[0] as FakeWindow

  it('is isolated, sandboxed and without Node', () => {
    expect(window.options.webPreferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false })
    expect(window.shown).toBe(`${ORIGIN}/`)
  })

  it('opens no other windows and goes nowhere else', () => {
    expect(window.opener?.()).toEqual({ action: 'deny' })
    const go = (url: string): boolean => {
      let prevented = false
      window.webContents.emit('will-navigate', { url, preventDefault: () => { prevented = true } })
      return !prevented
    }
    expect([go(`${ORIGIN}/review`), go('https://example.org/'), go(`${ORIGIN}.evil.example/`), go('file:///etc/passwd')]).toEqual([true, false, false, false])
  })

  it('grants no permission', () => {
    const [request, check] = permissions as unknown as [(contents: null, name: string, answer: (granted: boolean) => void) => void, () => boolean]
    const answers: boolean[] = []
    request(null, 'media', (granted) => answers.push(granted))
    expect([...answers, check()]).toEqual([false, false])
  })
})
