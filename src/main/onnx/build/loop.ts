import { SightlineError } from '#shared/domain/errors.ts'
import { Graph, type Value } from '../graph.ts'
import type { Dim, Shape } from '../types.ts'

/** A value a loop carries from one iteration to the next. */
export interface LoopState {
  readonly initial: Value
  /** Its shape inside the body and after the loop, where a size that grows has symbols of its own; by default that of `initial`. */
  readonly inside?: Shape
  readonly after?: Shape
}

export interface LoopBody {
  /** A scalar bool: whether another iteration follows. */
  readonly going: Value
  /** The state of the next iteration, in the order given. */
  readonly state: readonly Value[]
  /** Values of which the loop returns one per iteration, stacked. */
  readonly collected: readonly Value[]
}

export interface LoopSettings {
  /** At most this many iterations (int64 scalar). */
  readonly count: Value
  readonly state: readonly LoopState[]
  /** Symbol of the iterations taken, the first size of what is collected. */
  readonly taken: Dim
}

/**
 * Repeats a body. It reads values of the graph around it through `body.capture`; everything else of it is built in `body`, from the
 * iteration (int64 scalar) and the state.
 */
export function loop(
  graph: Graph, { count, state, taken }: LoopSettings, build: (body: Graph, iteration: Value, state: readonly Value[]) => LoopBody
): { state: Value[]; collected: Value[] } {
  const body = new Graph(graph.float, 'loop/')
  const iteration = body.input('loop/iteration', [], 'i64')
  body.input('loop/before', [], 'bool')
  const inside = state.map(({ initial, inside: shape = initial.shape }, i) => body.input(`loop/state.${i}`, shape, initial.dtype))
  const built = build(body, iteration, inside)
  if (built.state.length !== state.length) throw new SightlineError('bad_graph', `Loop: ${state.length} values of state, the body returns ${built.state.length}`)
  body.output('loop/going', built.going)
  built.state.forEach((value, i) => body.output(`loop/next.${i}`, value))
  built.collected.forEach((value, i) => body.output(`loop/collected.${i}`, value))
  const types = [
    ...state.map(({ initial, after = initial.shape }) => ({ dtype: initial.dtype, shape: after })),
    ...built.collected.map(({ dtype, shape }) => ({ dtype, shape: [taken, ...shape] }))
  ]
  const outputs = graph.node('Loop', [count, null, ...state.map(({ initial }) => initial)], { facts: { types }, loop: body })
  return { state: outputs.slice(0, state.length), collected: outputs.slice(state.length) }
}
