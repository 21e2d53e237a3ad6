import { z } from 'zod'
import { Endpoint, KnownEndpoint } from '../domain/endpoint.ts'
import { procedure } from './base.ts'

const Name = z.object({ name: z.string().max(40) })

export const endpointsContract = {
  list: procedure.output(z.array(KnownEndpoint)),
  /** Adds or replaces; the key goes in and never comes out. A replaced endpoint does not inherit the old key. */
  add: procedure.input(Endpoint.extend({ apiKey: z.string().min(1).max(4096).nullable() })).output(KnownEndpoint),
  remove: procedure.input(Name).output(z.object({})),
  /** Asks the endpoint for its models: right address, right key, right model? */
  test: procedure.input(Name).output(z.object({ models: z.array(z.string()), modelFound: z.boolean() }))
}
