import { SightlineError } from '#shared/domain/errors.ts'
import { add, scalar } from '#main/onnx/build/elementwise.ts'
import { expand, zeros } from '#main/onnx/build/layout.ts'
import type { Node, Value } from '#main/onnx/graph.ts'
import { GRADIENTS } from './gradients/table.ts'
import type { Walk } from './rule.ts'

/**
 * Extends the graph with the gradients of `loss` (a scalar, or summed over its elements) with respect to the values `wrt`, in that
 * order. Reverse mode: one pass over the nodes from last to first; values that depend on none of `wrt` cost nothing. A value the
 * loss does not depend on gets zeros.
 */
export function backward(loss: Value, wrt: readonly Value[]): Value[] {
  const graph = loss.graph
  const forward = [...graph.nodes]
  const gradients = propagate(forward, new Map([[loss, expand(scalar(graph, 1, loss.dtype), loss.shape)]]), wrt, { done: null })
  return wrt.map((value) => gradients.get(value) ?? zeros(graph, value.shape, value.dtype))
}

function propagate(nodes: readonly Node[], gradients: Map<Value, Value>, wrt: readonly Value[], order: Walk['order']): Map<Value, Value> {
  const needed = dependents(nodes, wrt)
  const walk: Walk = { propagate: (inner, given, of) => propagate(inner, given, of, order), needs: (value) => needed.has(value), order }
  for (const node of [...nodes].reverse()) {
    const dys = node.outputs.map((output) => gradients.get(output) ?? null)
    const dy = dys.find((value) => value !== null)
    if (!dy || !node.outputs.some((output) => needed.has(output))) continue
    const row = GRADIENTS[node.op]
    if (row === 'none') continue
    if (row === 'unsupported') throw new SightlineError('unsupported', `${node.op} has no gradient rule`)
    const builders = row(dys[0] ?? dy, node, dys, walk)
    node.inputs.forEach((input, i) => {
      const build = builders[i]
      if (!input || !build || !needed.has(input)) return
      const sofar = gradients.get(input)
      gradients.set(input, sofar ? add(sofar, build()) : build())
    })
  }
  return gradients
}

/** The values whose gradient is wanted or passes on the way: `wrt` and everything computed from it. */
function dependents(nodes: readonly Node[], wrt: readonly Value[]): Set<Value> {
  const needed = new Set<Value>(wrt)
  for (const node of nodes) {
    if (node.inputs.some((input) => input && needed.has(input))) for (const output of node.outputs) needed.add(output)
  }
  return needed
}
