import { EventEmitter } from 'node:events'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { MessagePortMain } from 'electron'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectPort } from '#main/app/messagePort.ts'
import { createRouter } from '#main/api/router.ts'
import type { SightlineClient } from '#shared/contract/contract.ts'
import { testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

let test: TestWorkshop
beforeEach(async () => { test = await testWorkshop() })
afterEach(() => test.close())

/** Electron's MessagePortMain as far as the handler uses it, wired to one end of a channel. */
function mainPort(port: MessagePort): MessagePortMain {
  const main = new EventEmitter()
  port.onmessage = ({ data }: MessageEvent) => main.emit('message', { data: data as unknown, ports: [] })
  return Object.assign(main, { start: () => port.start(), close: () => port.close(), postMessage: (data: unknown) => port.postMessage(data) }) as unknown as MessagePortMain
}

describe('the contract over a message port', () => {
  it('answers calls, streams events and carries typed errors, as over the socket', async () => {
    const { port1, port2 } = new MessageChannel()
    connectPort(createRouter(test.workshop), mainPort(port1))
    const client: SightlineClient = createORPCClient(new RPCLink({ port: port2 }))
    port2.start()
    expect(await client.project.info()).toMatchObject({ name: 'test' })
    const { jobId } = await client.items.generate({ generator: 'maze', count: 3, seed: 1, split: 'train' })
    const kinds: string[] = []
    for await (const { body } of await client.jobs.watch({ jobId })) kinds.push(body.kind)
    expect(kinds.at(-1)).toBe('finished')
    expect((await client.items.list({ filter: {}, page: {} })).total).toBe(3)
    await expect(client.jobs.get({ jobId: 'nowhere' as never })).rejects.toMatchObject({ code: 'SIGHTLINE', data: { code: 'not_found' } })
    port1.close()
    port2.close()
  })
})
