import type { Value } from '../graph.ts'

/**
 * A part of the graph whose inner values are not kept for the backward pass, which builds it once more instead (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost"). `build` must give the same nodes for the same input; its own random inputs
 * would have to be inputs of the graph.
 */
export function recomputed(x: Value, build: (x: Value) => readonly Value[]): Value[] {
  return x.graph.group('Recomputed', x, build)
}
