import { formatShape } from './dims.ts'
import type { Graph, Node, Value } from './graph.ts'

/** The graph as text, one line a node, composites indented: for reading and for failing tests. */
export function printGraph(graph: Graph): string {
  const lines = graph.inputs.map((value) => `input ${typed(value)}`)
  for (const node of graph.nodes) lines.push(...nodeLines(node, ''))
  return [...lines, ...graph.outputs.map((value) => `output ${typed(value)}`)].join('\n')
}

function nodeLines(node: Node, indent: string): string[] {
  const inputs = node.inputs.map((input) => input?.name ?? '-').join(', ')
  const line = `${indent}${node.outputs.map(typed).join(', ')} = ${node.op}(${inputs})`
  return [line, ...(node.body ?? []).flatMap((inner) => nodeLines(inner, `${indent}  `))]
}

function typed(value: Value): string {
  return `${value.name}: ${value.dtype}${formatShape(value.shape)}`
}
