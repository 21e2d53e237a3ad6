import { createORPCClient } from '@orpc/client'
import type { SightlineClient } from '#shared/contract/contract.ts'
import { openLink } from './link.ts'

/** The whole API of the main process, typed by the contract both sides compile against. */
export const api: SightlineClient = createORPCClient(openLink())
