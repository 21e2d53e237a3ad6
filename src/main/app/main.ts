import { resolve } from 'node:path'
import { app, dialog, ipcMain, protocol } from 'electron'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import { openStudio, type Studio } from '../api/studio.ts'
import { connectPort } from './messagePort.ts'
import { desktopEndpoints } from './systemVault.ts'
import { utilityEngine } from './utilityEngine.ts'
import { openWindow, ORIGIN, SCHEME } from './window.ts'

protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }])

const folder = resolve(process.argv.slice(app.isPackaged ? 1 : 2).find((argument) => !argument.startsWith('-')) ?? 'projects/demo')

void app.whenReady().then(async () => {
  const studio = await openOrExplain()
  protocol.handle(SCHEME, (request) => studio.assets.fetch(request))
  ipcMain.on('rpc:connect', (event) => {
    const [port] = event.ports
    if (port !== undefined && event.senderFrame?.origin === ORIGIN) connectPort(studio.router, port)
  })
  openWindow()
  app.on('activate', openWindow)
  app.on('window-all-closed', () => app.quit())
  closeBeforeQuitting(studio)
})

async function openOrExplain(): Promise<Studio> {
  try {
    return await openStudio({ folder, spawnEngine: utilityEngine, modelFolders: null, endpoints: desktopEndpoints() })
  } catch (error) {
    if (!(error instanceof SightlineError)) throw error
    dialog.showErrorBox('Sightline cannot open this project', describeError(error))
    app.exit(1)
    throw error
  }
}

function closeBeforeQuitting(studio: Studio): void {
  let closed = false
  app.on('before-quit', (event) => {
    if (closed) return
    event.preventDefault()
    closed = true
    void studio.close().then(() => app.quit())
  })
}
