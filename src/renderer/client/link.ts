import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { WebSocket as ReconnectingSocket } from 'partysocket'
import { shallowRef } from 'vue'
import type { Connection } from './subscription.ts'

export const connection = shallowRef<Connection>({ state: 'connecting', epoch: 0 })

/** The transport for where this page runs: a message port to the desktop's main process, else a socket to the server. */
export function openLink(): PortLink<Record<never, never>> | SocketLink<Record<never, never>> {
  return window.studio === undefined ? socketLink() : portLink()
}

function portLink(): PortLink<Record<never, never>> {
  const { port1, port2 } = new MessageChannel()
  window.postMessage('rpc:connect', '*', [port2])
  port1.start()
  connection.value = { state: 'open', epoch: 1 }
  return new PortLink({ port: port1 })
}

function socketLink(): SocketLink<Record<never, never>> {
  const url = `${location.origin.replace(/^http/, 'ws')}/rpc`
  const socket = new ReconnectingSocket(url, [], { minReconnectionDelay: 300, maxReconnectionDelay: 4000, maxEnqueuedMessages: 0 })
  window.addEventListener('unhandledrejection', forgiveLateCancel)
  const link = new SocketLink({ websocket: socket as unknown as WebSocket })
  socket.addEventListener('open', () => { connection.value = { state: 'open', epoch: connection.value.epoch + 1 } })
  socket.addEventListener('close', () => {
    if (connection.value.state !== 'refused') connection.value = { ...connection.value, state: 'lost' }
    void askWhy()
  })
  return link
}

/** A refused socket says nothing about its reason; a plain request does. */
async function askWhy(): Promise<void> {
  const answer = await fetch('/', { method: 'HEAD' }).catch(() => null)
  if (connection.value.state === 'open') return
  connection.value = { ...connection.value, state: answer?.status === 401 ? 'refused' : 'lost' }
}

/** The client tells the server to end a stream even when the line it ran on is already gone; nobody waits for that message. */
function forgiveLateCancel(event: PromiseRejectionEvent): void {
  if (event.reason instanceof Error && event.reason.message === 'Cannot send message, WebSocket is not open.') event.preventDefault()
}
