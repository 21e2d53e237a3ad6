import { SightlineError } from '#shared/domain/errors.ts'
import { add, greaterOrEqual, scalar, sub, where } from './build/elementwise.ts'
import { gatherRows } from './build/gather.ts'
import { concat, reshape, split } from './build/layout.ts'
import { gemm } from './build/matmul.ts'
import { Graph, type Node, type Value } from './graph.ts'
import { liveNodes } from './prune.ts'

/** The largest input a graph on a device is given whole: desktop adapters take buffers of twice as much. */
export const LARGEST_TABLE = 2 ** 29

/** How many rows each part of a float32 table [rows, width] has, none of more than `most` bytes; one part for what fits, or is no table. */
export function partRows(shape: readonly (number | string)[], most: number): number[] {
  const [rows, width] = shape
  if (shape.length !== 2 || typeof rows !== 'number' || typeof width !== 'number' || 4 * rows * width <= most) return [Number(rows ?? 1)]
  const each = Math.max(1, Math.floor(most / (4 * width)))
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => Math.min(each, rows - i * each))
}

export const partName = (name: string, part: number): string => `${name}#${part}`

/**
 * The same graph with every larger table (the embedding, the head) as several inputs, `partName`: what looks rows up looks in each part and
 * selects, what multiplies by it does so part by part. Throws `unsupported` where anything else is done with one: it is trained.
 */
export function splitTables(graph: Graph, most: number): Graph {
  if (graph.inputs.every((input) => input.dtype !== 'f32' || partRows(input.shape, most).length === 1)) return graph
  const made = new Graph(graph.float)
  const copies = new Map<Value, Value>()
  const tables = new Map<Value, Value[]>()
  for (const input of graph.inputs) {
    const rows = input.dtype === 'f32' ? partRows(input.shape, most) : []
    if (rows.length <= 1) copies.set(input, made.input(input.name, input.shape, input.dtype))
    else tables.set(input, rows.map((count, part) => made.input(partName(input.name, part), [count, input.shape[1] ?? 1])))
  }
  for (const { value, data } of graph.constants) copies.set(value, made.constant(`given:${value.name}`, value.dtype, value.shape, () => data))
  const copyOf = (value: Value | null): Value | null => (value ? copies.get(value) ?? null : null)
  for (const node of liveNodes(graph)) {
    const table = node.inputs.find((input) => input && tables.has(input))
    const outputs = table ? [inParts(node, table, tables.get(table) ?? [], copyOf)] : made.node(node.op, node.inputs.map(copyOf), node)
    node.outputs.forEach((output, i) => copies.set(output, outputs[i] as Value))
  }
  for (const output of graph.outputs) made.output(output.name, copyOf(output) as Value)
  return made
}

function inParts({ op, inputs, attributes }: Node, table: Value, parts: readonly Value[], copyOf: (value: Value | null) => Value | null): Value {
  const [first, second, bias] = [0, 1, 2].map((i) => copyOf(inputs[i] ?? null)) as [Value | null, Value | null, Value | null]
  const flag = (name: string): boolean => attributes[name] !== undefined && 'int' in attributes[name] && attributes[name].int === 1
  if (op === 'Gather' && inputs[0] === table && second) return lookedUp(parts, second)
  if (op === 'Gemm' && inputs[1] === table && first && !flag('transA')) {
    const product = flag('transB') ? concat(parts.map((part) => gemm(first, part, { transB: true })), 1) : summed(first, parts)
    return bias ? add(product, bias) : product
  }
  throw new SightlineError('unsupported', `${table.name} is larger than a buffer of the device and is changed or read by ${op}`, {
    advice: 'Train adapters instead of the weights, or run on the CPU'
  })
}

/** x [n, rows of all parts] times the parts one below the other. */
function summed(x: Value, parts: readonly Value[]): Value {
  const columns = split(x, parts.map(({ shape }) => shape[0] ?? 1), 1)
  return parts.map((part, i) => gemm(columns[i] as Value, part)).reduce((a, b) => add(a, b))
}

/** Rows of the parts by numbers that count through all of them. */
function lookedUp(parts: readonly Value[], ids: Value): Value {
  let before = 0
  let found: Value | null = null
  const beyond = (rows: number): Value => greaterOrEqual(ids, scalar(ids.graph, rows, ids.dtype))
  for (const [i, part] of parts.entries()) {
    const end = before + Number(part.shape[0])
    const here = i === 0 ? ids : where(beyond(before), sub(ids, scalar(ids.graph, before, ids.dtype)), scalar(ids.graph, 0, ids.dtype))
    const rows = gatherRows(part, i === parts.length - 1 ? here : where(beyond(end), scalar(ids.graph, 0, ids.dtype), here))
    found = found ? where(reshape(beyond(before), [...ids.shape, 1]), rows, found) : rows
    before = end
  }
  return found as Value
}
