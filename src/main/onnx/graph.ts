import { SightlineError } from '#shared/domain/errors.ts'
import { factorsOf, formatShape, sum } from './dims.ts'
import { type OpName, opRow } from './ops/table.ts'
import type { Attributes, Dim, DType, FloatType, NodeFacts, Shape, TensorType } from './types.ts'

/** A tensor of a graph. Each value is written once: by an input, a constant or one node. */
export interface Value extends TensorType {
  name: string
  readonly graph: Graph
}

export interface Node {
  readonly op: OpName
  readonly inputs: readonly (Value | null)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
  readonly facts: NodeFacts
  /** Nodes of a composite, in order; absent on plain nodes. */
  readonly body?: readonly Node[]
  /** Inner values a composite's gradient rule reads again. */
  readonly saved?: readonly Value[]
  /** Builds a group's outputs once more, from another first input. */
  readonly rebuild?: (first: Value) => readonly Value[]
  /** The graph a loop runs over and over. */
  readonly loop?: Graph
}

/** Values that stay in a file, which the runtime reads and which must not change while it does. */
export interface StoredData {
  readonly path: string
  /** Where they begin, in bytes. */
  readonly offset: number
  readonly bytes: number
}

/** Float16 as bit patterns. */
export type ConstantData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint16Array | Uint8Array | StoredData

export interface Constant {
  readonly value: Value
  readonly data: ConstantData
}

interface NodeOptions {
  readonly attributes?: Attributes
  readonly facts?: NodeFacts
  readonly loop?: Graph
}

/**
 * A graph under construction: nodes in execution order, typed at build time. `float` is the type of its real numbers, so that one
 * builder serves float32 runs and float64 gradient checks. A loop's body is a graph of its own inside another, whose values it captures;
 * `prefix` keeps its names apart from the outer ones.
 */
export class Graph {
  readonly nodes: Node[] = []
  readonly inputs: Value[] = []
  readonly outputs: Value[] = []
  readonly constants: Constant[] = []
  /** Values of the enclosing graph read here, each with its stand-in of the same name. */
  readonly captured = new Map<Value, Value>()
  readonly float: FloatType
  readonly #sources = new Map<string, { value: Value; axis: number; multiple: number }>()
  readonly #shared = new Map<string, Value>()
  readonly #prefix: string
  #emitted: Node[] = this.nodes
  #count = 0

  constructor(float: FloatType = 'f32', prefix = '') {
    this.float = float
    this.#prefix = prefix
  }

  /** Declares an input; symbols in its shape become sizes that reshapes can ask for. */
  input(name: string, shape: Shape, dtype: DType = this.float): Value {
    if (this.inputs.some((value) => value.name === name)) throw new SightlineError('bad_graph', `two inputs are called ${name}`)
    const value = this.#value(name, { dtype, shape })
    this.#learnSizes(value)
    this.inputs.push(value)
    return value
  }

  /** A value of the enclosing graph, to be read in this one. */
  capture(outer: Value): Value {
    const known = this.captured.get(outer)
    if (known) return known
    const value = this.#value(outer.name, outer)
    this.#learnSizes(value)
    this.captured.set(outer, value)
    return value
  }

  /** A constant, shared by all uses with the same key. */
  constant(key: string, dtype: DType, shape: Shape, data: () => ConstantData): Value {
    const known = this.#shared.get(key)
    if (known) return known
    const value = this.#value(this.#fresh('constant'), { dtype, shape })
    this.constants.push({ value, data: data() })
    this.#shared.set(key, value)
    return value
  }

  node(op: OpName, inputs: readonly (Value | null)[], { attributes = {}, facts = {}, loop }: NodeOptions = {}): Value[] {
    const types = opRow(op).infer({ op, inputs, attributes, facts })
    const outputs = types.map((type) => this.#value(this.#fresh(op), type))
    this.#emitted.push({ op, inputs, outputs, attributes, facts, ...(loop ? { loop } : {}) })
    return outputs
  }

  /** A node of one output. */
  one(op: OpName, inputs: readonly (Value | null)[], options: NodeOptions = {}): Value {
    return this.node(op, inputs, options)[0] as Value
  }

  /** Builds a group of nodes that the backward walk treats as one; `build` returns its output and the values its rule needs. */
  composite(op: OpName, inputs: readonly (Value | null)[], facts: NodeFacts, build: () => { output: Value; saved?: readonly Value[] }): Value {
    const outer = this.#emitted
    const body: Node[] = []
    this.#emitted = body
    const { output, saved = [] } = build()
    this.#emitted = outer
    outer.push({ op, inputs, outputs: [output], attributes: {}, facts, body, saved })
    return output
  }

  /** A composite of several outputs that reads `first` and whatever else its body takes from outside, and can be built again. */
  group(op: OpName, first: Value, build: (first: Value) => readonly Value[]): Value[] {
    const outer = this.#emitted
    const body: Node[] = []
    this.#emitted = body
    const outputs = [...build(first)]
    this.#emitted = outer
    const plain = flatNodes(body)
    const own = new Set<Value | null>([null, first, ...plain.flatMap((node) => node.outputs), ...this.constants.map(({ value }) => value)])
    const outside = new Set(plain.flatMap((node) => node.inputs.filter((input) => !own.has(input))))
    outer.push({ op, inputs: [first, ...outside], outputs, attributes: {}, facts: {}, body, rebuild: build })
    return outputs
  }

  /** Names a value as an output of the graph. */
  output(name: string, value: Value): Value {
    const taken = [...this.inputs, ...this.outputs, ...this.captured.values()].includes(value) || this.constants.some((constant) => constant.value === value)
    const named = taken ? this.one('Identity', [value]) : value
    named.name = name
    this.outputs.push(named)
    return named
  }

  /** A 1-D int64 tensor holding `shape`, constant where possible, else assembled from the sizes of inputs. */
  shapeVector(shape: Shape): Value {
    const key = `shape:${formatShape(shape)}`
    const known = this.#shared.get(key)
    if (known) return known
    const value = shape.every((dim) => typeof dim === 'number')
      ? this.#integers(shape.map(Number))
      : this.#atTop(() => this.one('Concat', shape.map((dim) => this.#size(dim)), { attributes: { axis: { int: 0 } } }))
    this.#shared.set(key, value)
    return value
  }

  /** Sizes named by symbols can be read off this value. */
  #learnSizes(value: Value): void {
    value.shape.forEach((dim, axis) => {
      if (typeof dim !== 'string') return
      const symbols = factorsOf(dim).filter((factor) => !/^\d+$/.test(factor))
      const [symbol] = symbols
      if (!symbol || symbols.length > 1 || this.#sources.has(symbol)) return
      this.#sources.set(symbol, { value, axis, multiple: symbol === dim ? 1 : Number(factorsOf(dim)[0]) })
    })
  }

  #size(dim: Dim): Value {
    if (typeof dim === 'number') return this.#integers([dim])
    const key = `size:${dim}`
    const known = this.#shared.get(key)
    if (known) return known
    const value = this.#sizeFromInputs(dim)
    this.#shared.set(key, value)
    return value
  }

  #sizeFromInputs(dim: string): Value {
    const source = this.#sources.get(dim)
    if (source) {
      const size = this.one('Shape', [source.value], { attributes: { start: { int: source.axis }, end: { int: source.axis + 1 } } })
      return source.multiple === 1 ? size : this.one('Div', [size, this.#integers([source.multiple])])
    }
    const factors = factorsOf(dim)
    if (factors.length > 1) {
      return factors
        .map((factor) => this.#size(/^\d+$/.test(factor) ? Number(factor) : factor))
        .reduce((a, b) => this.one('Mul', [a, b]))
    }
    const terms = dim.startsWith('(') ? dim.slice(1, -1).split('+').map((term) => (/^\d+$/.test(term) ? Number(term) : term)) : []
    if (terms.length < 2 || sum(terms) !== dim) throw new SightlineError('bad_graph', `no input of the graph has the size ${dim}`)
    return terms.map((term) => this.#size(term)).reduce((a, b) => this.one('Add', [a, b]))
  }

  /** Sizes are shared between nodes in and out of composites, so they must not be hidden in one composite's body. */
  #atTop(build: () => Value): Value {
    const held = this.#emitted
    this.#emitted = this.nodes
    const value = build()
    this.#emitted = held
    return value
  }

  #integers(values: readonly number[]): Value {
    return this.constant(`i64:${values.join()}`, 'i64', [values.length], () => BigInt64Array.from(values, BigInt))
  }

  #value(name: string, { dtype, shape }: TensorType): Value {
    return { name, dtype, shape, graph: this }
  }

  #fresh(stem: string): string {
    return `${this.#prefix}${stem}_${this.#count++}`
  }
}

/** Plain nodes in execution order, composites opened. */
export function flatNodes(nodes: readonly Node[]): Node[] {
  return nodes.flatMap((node) => (node.body ? flatNodes(node.body) : [node]))
}
