import { SightlineError } from '#shared/domain/errors.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { HostTensor } from '../runtime/tensor.ts'

/** The weight of a graph by its checkpoint name. */
export type Weights = (name: string) => Value

/** Weights as graph inputs, declared on first use with the shapes of the given tensors. */
export function weightInputs(graph: Graph, tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): Weights {
  const declared = new Map<string, Value>()
  return (name) => {
    const known = declared.get(name)
    if (known) return known
    const shape = tensors.get(name)?.shape
    if (!shape) throw new SightlineError('bad_checkpoint', `the checkpoint has no tensor ${name}`)
    const value = graph.input(name, shape)
    declared.set(name, value)
    return value
  }
}

/** Throws `bad_checkpoint` unless every expected tensor is there with its shape, naming the first that is not. */
export function checkWeights(tensors: ReadonlyMap<string, HostTensor>, expected: readonly { readonly name: string; readonly shape: readonly number[] }[]): void {
  for (const { name, shape } of expected) {
    const got = tensors.get(name)
    if (!got) throw new SightlineError('bad_checkpoint', `the checkpoint has no tensor ${name}`)
    if (got.shape.join() !== shape.join()) {
      throw new SightlineError('bad_checkpoint', `${name} is [${got.shape.join(', ')}], the configuration asks for [${shape.join(', ')}]`)
    }
  }
}
