import { SightlineError } from '#shared/domain/errors.ts'
import { formatShape } from '../dims.ts'
import type { DType, InferenceRequest, Shape, TensorType } from '../types.ts'

/** Small checks the inference rules share; every message names the operation, what it expected and what it got. */
export function inputAt(request: InferenceRequest, index: number): TensorType {
  const input = request.inputs[index]
  if (!input) throw graphError(request, `expected an input at position ${index}, got none`)
  return input
}

export function expectRank(request: InferenceRequest, type: TensorType, rank: number): Shape {
  if (type.shape.length !== rank) throw graphError(request, `expected rank ${rank}, got ${formatShape(type.shape)}`)
  return type.shape
}

export function expectSame<T extends DType | string | number>(request: InferenceRequest, expected: T, got: T, what: string): void {
  if (expected !== got) throw graphError(request, `expected ${what} ${expected}, got ${got}`)
}

export function expectDType(request: InferenceRequest, type: TensorType, allowed: readonly DType[]): void {
  if (!allowed.includes(type.dtype)) throw graphError(request, `expected ${allowed.join(' or ')}, got ${type.dtype}`)
}

export function intAttribute(request: InferenceRequest, name: string, fallback: number): number {
  const attribute = request.attributes[name]
  return attribute && 'int' in attribute ? attribute.int : fallback
}

export function normalizeAxis(request: InferenceRequest, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis
  if (normal < 0 || normal >= rank) throw graphError(request, `axis ${axis} is outside rank ${rank}`)
  return normal
}

export function graphError(request: InferenceRequest, message: string): SightlineError {
  const shapes = request.inputs.map((input) => (input ? `${input.dtype}${formatShape(input.shape)}` : 'none')).join(', ')
  return new SightlineError('bad_graph', `${request.op}(${shapes}): ${message}`)
}
