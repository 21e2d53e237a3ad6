import { implement, ORPCError } from '@orpc/server'
import { contract } from '#shared/contract/contract.ts'
import { SightlineError } from '#shared/domain/errors.ts'

/**
 * The contract to implement. An expected failure of any handler crosses the door as the contract's typed error with its
 * record; anything else is a defect and crosses without its details.
 */
export const os = implement(contract).use(async ({ next }) => {
  try {
    return await next()
  } catch (error) {
    if (!(error instanceof SightlineError)) throw error
    throw new ORPCError('SIGHTLINE', { status: 422, message: error.message, data: error.toRecord(), defined: true, cause: error })
  }
})
