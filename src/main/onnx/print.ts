import { formatShape } from './dims.ts'
import type { Graph, Node, Value } from './graph.ts'

/** The graph as text, one line a node, composites and loops indented: for reading and for failing tests. */
export function printGraph(graph: Graph): string {
  return graphLines(graph, '').join('\n')
}

function graphLines(graph: Graph, indent: string): string[] {
  const line = (kind: string) => (value: Value): string => `${indent}${kind} ${typed(value)}`
  return [...graph.inputs.map(line('input')), ...graph.nodes.flatMap((node) => nodeLines(node, indent)), ...graph.outputs.map(line('output'))]
}

function nodeLines(node: Node, indent: string): string[] {
  const inputs = node.inputs.map((input) => input?.name ?? '-').join(', ')
  const line = `${indent}${node.outputs.map(typed).join(', ')} = ${node.op}(${inputs})`
  const inner = `${indent}  `
  return [line, ...(node.body ?? []).flatMap((part) => nodeLines(part, inner)), ...(node.loop ? graphLines(node.loop, inner) : [])]
}

function typed(value: Value): string {
  return `${value.name}: ${value.dtype}${formatShape(value.shape)}`
}
