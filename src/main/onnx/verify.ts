import { SightlineError } from '#shared/domain/errors.ts'
import { formatShape, sameShape } from './dims.ts'
import { flatNodes, type Graph, type Node, type Value } from './graph.ts'
import { opRow } from './ops/table.ts'
import { ELEMENT_BYTES } from './types.ts'

/**
 * Checks what building alone cannot: every value is written before it is read and only once, names are unique, and each node's
 * recorded types are what inference says. Throws `bad_graph` naming the first offender.
 */
export function verify(graph: Graph): void {
  verifyInside(graph, new Set(), new Set())
}

/** `names` and `around` are what the enclosing graph has written so far; a loop's body may read it and must not rename it. */
function verifyInside(graph: Graph, names: Set<string>, around: ReadonlySet<Value>): void {
  const written = new Set<Value>()
  const write = (value: Value, by: string): void => {
    if (written.has(value)) throw new SightlineError('bad_graph', `${value.name} is written twice, again by ${by}`)
    if (names.has(value.name)) throw new SightlineError('bad_graph', `two values are called ${value.name}`, { where: by })
    if (value.graph !== graph) throw new SightlineError('bad_graph', `${value.name} belongs to another graph`, { where: by })
    written.add(value)
    names.add(value.name)
  }
  for (const [outer, value] of graph.captured) {
    if (!around.has(outer)) throw new SightlineError('bad_graph', `${outer.name} is captured before it is written`)
    written.add(value)
  }
  for (const value of graph.inputs) write(value, 'the inputs')
  for (const { value, data } of graph.constants) {
    write(value, 'the constants')
    const elements = value.shape.reduce<number>((count, dim) => count * Number(dim), 1)
    const given = 'path' in data ? data.bytes / ELEMENT_BYTES[value.dtype] : data.length
    if (elements !== given) throw new SightlineError('bad_graph', `${value.name}: ${given} elements for ${formatShape(value.shape)}`)
  }
  for (const node of flatNodes(graph.nodes)) {
    for (const input of node.inputs) {
      if (input && !written.has(input)) throw new SightlineError('bad_graph', `${node.op} reads ${input.name} before it is written`)
    }
    checkTypes(node)
    if (node.loop) verifyInside(node.loop, names, written)
    for (const output of node.outputs) write(output, node.op)
  }
  for (const output of graph.outputs) {
    if (!written.has(output)) throw new SightlineError('bad_graph', `output ${output.name} is never written`)
  }
}

function checkTypes(node: Node): void {
  const expected = opRow(node.op).infer(node)
  node.outputs.forEach((output, i) => {
    const type = expected[i]
    if (type && type.dtype === output.dtype && sameShape(type.shape, output.shape)) return
    const got = `${output.dtype}${formatShape(output.shape)}`
    const want = type ? `${type.dtype}${formatShape(type.shape)}` : 'no such output'
    throw new SightlineError('bad_graph', `${node.op}: ${output.name} is ${got}, inference says ${want}`)
  })
}
