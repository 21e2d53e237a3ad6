/** Element types a graph may hold; names are ours, `DATA_TYPES` gives the ONNX numbers. */
export type DType = 'f32' | 'f64' | 'f16' | 'i32' | 'i64' | 'u8' | 'bool'

export type FloatType = 'f32' | 'f64'

export const ELEMENT_BYTES: Readonly<Record<DType, number>> = { f32: 4, f64: 8, f16: 2, i32: 4, i64: 8, u8: 1, bool: 1 }

/** A size: a number, or a symbol known only when the graph runs (`B`, or a product such as `4*B*T`; see dims.ts). */
export type Dim = number | string

export type Shape = readonly Dim[]

/** What shape inference knows of a value. */
export interface TensorType {
  readonly dtype: DType
  readonly shape: Shape
}

/** ONNX attribute values, by the field they are written to. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string }
  | { readonly zero: DType }

export type Attributes = Readonly<Record<string, Attribute>>

/**
 * Facts about a node that inference and gradient rules need but that ONNX passes as tensors (target shapes, axes, slice
 * bounds) or does not know (settings of a composite).
 */
export interface NodeFacts {
  readonly shape?: Shape
  readonly axes?: readonly number[]
  readonly keepDims?: boolean
  readonly start?: number
  readonly end?: number
  readonly sizes?: readonly Dim[]
  readonly scale?: number
  readonly heads?: number
  readonly to?: DType
  readonly types?: readonly TensorType[]
}

export interface InferenceRequest {
  readonly op: string
  readonly inputs: readonly (TensorType | null)[]
  readonly attributes: Attributes
  readonly facts: NodeFacts
}

/** Types of a node's outputs from its inputs; throws `bad_graph` with what was expected and what it got. */
export type Inference = (request: InferenceRequest) => readonly TensorType[]

/** One row of the operation table: the ONNX domain ('' is the standard one) and the inference rule. */
export interface OpRow {
  readonly domain: '' | 'com.microsoft' | 'composite'
  readonly infer: Inference
}
