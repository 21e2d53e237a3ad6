import { SightlineError } from '#shared/domain/errors.ts'
import { Graph, type Node, type Value } from './graph.ts'
import type { OpName } from './ops/table.ts'
import { liveNodes } from './prune.ts'

/** Spells a node in other operations, or leaves it (null); `inputs` are its inputs in the new graph. */
export type Lowering = (inputs: readonly (Value | null)[], node: Node) => readonly Value[] | null

/**
 * The same graph in the operations a provider runs well: nodes with a lowering are spelled by it, all others are copied. Names of inputs
 * and outputs stay. Composites come out as their parts, so this is the last thing done to a graph before it is written.
 * Throws `bad_graph` for a loop: its body would have to be captured anew.
 */
export function lower(graph: Graph, lowerings: Partial<Record<OpName, Lowering>>): Graph {
  const lowered = new Graph(graph.float)
  const copies = new Map<Value, Value>()
  const copyOf = (value: Value | null): Value | null => {
    const copy = value && copies.get(value)
    if (value && !copy) throw new SightlineError('bad_graph', `${value.name} is read before it is written`)
    return copy ?? null
  }
  for (const input of graph.inputs) copies.set(input, lowered.input(input.name, input.shape, input.dtype))
  for (const { value, data } of graph.constants) copies.set(value, lowered.constant(`given:${value.name}`, value.dtype, value.shape, () => data))
  for (const node of liveNodes(graph)) {
    if (node.loop) throw new SightlineError('bad_graph', `${node.outputs[0]?.name ?? node.op}: a loop cannot be lowered`)
    const inputs = node.inputs.map(copyOf)
    const outputs = lowerings[node.op]?.(inputs, node) ?? lowered.node(node.op, inputs, node)
    node.outputs.forEach((output, i) => copies.set(output, outputs[i] as Value))
  }
  for (const output of graph.outputs) lowered.output(output.name, copyOf(output) as Value)
  return lowered
}
