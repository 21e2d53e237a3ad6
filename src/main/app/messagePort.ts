import { RPCHandler } from '@orpc/server/message-port'
import type { MessagePortMain } from 'electron'
import type { StudioRouter } from '../api/router.ts'

/** Answers the contract over one end of a message channel until the page goes away. */
export function connectPort(router: StudioRouter, port: MessagePortMain): void {
  new RPCHandler(router).upgrade(port)
  port.start()
}
