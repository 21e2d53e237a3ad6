import { join } from 'node:path'
import { BrowserWindow, session } from 'electron'

export const SCHEME = 'sightline'
export const ORIGIN = `${SCHEME}://studio`

/** Opens the studio's window, or shows the one there is. The page can reach nothing but our own scheme and the message port. */
export function openWindow(): void {
  const [open] = BrowserWindow.getAllWindows()
  if (open) return open.show()
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 960,
    minHeight: 600,
    backgroundColor: '#15181c',
    webPreferences: { preload: join(import.meta.dirname, '../preload/preload.cjs'), sandbox: true, contextIsolation: true, nodeIntegration: false }
  })
  window.removeMenu()
  refuseEverythingElse(window)
  void window.loadURL(`${ORIGIN}/`)
}

function refuseEverythingElse(window: BrowserWindow): void {
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }))
  window.webContents.on('will-navigate', (event) => {
    if (!event.url.startsWith(`${ORIGIN}/`)) event.preventDefault()
  })
  window.webContents.on('will-attach-webview', (event) => event.preventDefault())
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.defaultSession.setPermissionCheckHandler(() => false)
}
