import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { WebSocket } from 'ws'
import type { SightlineClient } from '#shared/contract/contract.ts'
import type { JobId } from '#shared/domain/ids.ts'

/** A client of a program that serves at an address with a token, as it printed it. */
export function clientOf(address: string): SightlineClient {
  const url = new URL(address)
  const socket = new WebSocket(`ws://${url.host}/rpc`, { headers: { authorization: `Bearer ${url.searchParams.get('token')}` } })
  socket.on('error', () => undefined)
  return createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }))
}

/** Waits until a job has told the numbers of this step. */
export async function untilStep(client: SightlineClient, jobId: JobId, step: number): Promise<void> {
  for await (const { body } of await client.jobs.watch({ jobId })) if (body.kind === 'metrics' && body.step >= step) return
  throw new Error(`the job ended before step ${step}`)
}
