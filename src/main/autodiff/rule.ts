import { SightlineError } from '#shared/domain/errors.ts'
import type { Node, Value } from '#main/onnx/graph.ts'

/**
 * The gradient of one operation. Given the gradient of its first output (and of all outputs for operations with several), it
 * returns per input either how to build that input's gradient or null. Builders run only for inputs that need one.
 */
export type GradientRule = (dy: Value, node: Node, dys: readonly (Value | null)[], walk: Walk) => readonly ((() => Value) | null)[]

/** The backward walk as rules of groups see it. */
export interface Walk {
  /** Gradients of all values that depend on `wrt`, from those given in `gradients`. */
  propagate(nodes: readonly Node[], gradients: Map<Value, Value>, wrt: readonly Value[]): Map<Value, Value>
  /** Whether the gradient of a value is asked for. */
  needs(value: Value): boolean
  /** What groups that are built again hand on to each other, so that one is done before the next begins. */
  readonly order: { done: Value | null }
}

/** A row of the table: a rule; `none` where the result does not depend smoothly on any input; `unsupported` where we have no rule. */
export type GradientRow = GradientRule | 'none' | 'unsupported'

export function inputOf(node: Node, index: number): Value {
  const input = node.inputs[index]
  if (!input) throw new SightlineError('bad_graph', `${node.op} has no input ${index}`)
  return input
}

export function outputOf(node: Node): Value {
  return node.outputs[0] as Value
}

export function savedOf(node: Node, index: number): Value {
  const value = node.saved?.[index]
  if (!value) throw new SightlineError('bad_graph', `${node.op} saved no value ${index}`)
  return value
}
