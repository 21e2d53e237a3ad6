import { flatNodes, type Graph, type Node, type Value } from './graph.ts'

/** Plain nodes that some output needs, in execution order. */
export function liveNodes(graph: Graph): Node[] {
  const needed = new Set<Value | null>(graph.outputs)
  const live: Node[] = []
  for (const node of flatNodes(graph.nodes).reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue
    live.push(node)
    for (const input of node.inputs) needed.add(input)
    for (const outer of node.loop?.captured.keys() ?? []) needed.add(outer)
  }
  return live.reverse()
}
