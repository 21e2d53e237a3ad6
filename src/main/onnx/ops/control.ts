import type { Inference, OpRow } from '../types.ts'
import { graphError } from './check.ts'

/** A loop's types come from its body; build/loop.ts works them out. */
const fromBody: Inference = (request) => {
  if (!request.facts.types) throw graphError(request, 'expected the types of its body')
  return request.facts.types
}

/** Operations that run a graph of their own. */
export const CONTROL = {
  Loop: { domain: '', infer: fromBody }
} as const satisfies Record<string, OpRow>
