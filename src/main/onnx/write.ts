import { basename } from 'node:path'
import { DATA_TYPES } from './build/elementwise.ts'
import type { Constant, Graph, Node, Value } from './graph.ts'
import { opRow } from './ops/table.ts'
import { ProtoWriter } from './protobuf.ts'
import { liveNodes } from './prune.ts'
import { type Attribute, ELEMENT_BYTES } from './types.ts'

const IR_VERSION = 10
const OPSET = 20

/**
 * The graph as ONNX model bytes; nodes and constants no output needs are left out. Fields as in onnx.proto3. Of constants in files it
 * holds the files' names: the reader must know their folder.
 */
export function writeModel(graph: Graph): Uint8Array {
  const model = new ProtoWriter().int(1, IR_VERSION).text(2, 'sightline').message(7, graphProto(graph, 'sightline'))
  model.message(8, new ProtoWriter().text(1, '').int(2, OPSET))
  model.message(8, new ProtoWriter().text(1, 'com.microsoft').int(2, 1))
  return model.finish()
}

function graphProto(graph: Graph, name: string): ProtoWriter {
  const nodes = liveNodes(graph)
  const used = new Set(nodes.flatMap((node) => [...node.inputs, ...(node.loop?.captured.keys() ?? [])]))
  const proto = new ProtoWriter()
  for (const node of nodes) proto.message(1, nodeProto(node))
  proto.text(2, name)
  for (const constant of graph.constants) if (used.has(constant.value)) proto.message(5, tensorProto(constant))
  for (const value of graph.inputs) proto.message(11, valueProto(value))
  for (const value of graph.outputs) proto.message(12, valueProto(value))
  return proto
}

function nodeProto(node: Node): ProtoWriter {
  const proto = new ProtoWriter()
  for (const input of node.inputs) proto.text(1, input?.name ?? '')
  for (const output of node.outputs) proto.text(2, output.name)
  proto.text(3, `${node.outputs[0]?.name}/node`).text(4, node.op)
  for (const [name, value] of Object.entries(node.attributes)) proto.message(5, attributeProto(name, value))
  if (node.loop) proto.message(5, new ProtoWriter().text(1, 'body').message(6, graphProto(node.loop, 'body')).int(20, 5))
  const { domain } = opRow(node.op)
  return domain ? proto.text(7, domain) : proto
}

function attributeProto(name: string, attribute: Attribute): ProtoWriter {
  const proto = new ProtoWriter().text(1, name)
  if ('int' in attribute) return proto.int(3, attribute.int).int(20, 2)
  if ('float' in attribute) return proto.float(2, attribute.float).int(20, 1)
  if ('text' in attribute) return proto.text(4, attribute.text).int(20, 3)
  if ('zero' in attribute) {
    const zero = new ProtoWriter().int(1, 1).int(2, DATA_TYPES[attribute.zero]).bytes(9, new Uint8Array(ELEMENT_BYTES[attribute.zero]))
    return proto.message(5, zero).int(20, 4)
  }
  for (const value of attribute.ints) proto.int(8, value)
  return proto.int(20, 7)
}

function tensorProto({ value, data }: Constant): ProtoWriter {
  const proto = new ProtoWriter()
  for (const dim of value.shape) proto.int(1, Number(dim))
  proto.int(2, DATA_TYPES[value.dtype]).text(8, value.name)
  if (!('path' in data)) return proto.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const entries = { location: basename(data.path), offset: String(data.offset), length: String(data.bytes) }
  for (const [key, entry] of Object.entries(entries)) proto.message(13, new ProtoWriter().text(1, key).text(2, entry))
  return proto.int(14, 1)
}

function valueProto(value: Value): ProtoWriter {
  const shape = new ProtoWriter()
  for (const dim of value.shape) {
    shape.message(1, typeof dim === 'number' ? new ProtoWriter().int(1, dim) : new ProtoWriter().text(2, dim))
  }
  const tensor = new ProtoWriter().int(1, DATA_TYPES[value.dtype]).message(2, shape)
  return new ProtoWriter().text(1, value.name).message(2, new ProtoWriter().message(1, tensor))
}
