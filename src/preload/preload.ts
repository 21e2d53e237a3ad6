import { contextBridge, ipcRenderer } from 'electron'

// The whole bridge: the page learns that it runs in the desktop window, and may hand over one end of a message channel.
contextBridge.exposeInMainWorld('studio', { transport: 'electron' })

window.addEventListener('message', (event) => {
  const [port] = event.ports
  if (event.source === window && event.data === 'rpc:connect' && port !== undefined) ipcRenderer.postMessage('rpc:connect', null, [port])
})
