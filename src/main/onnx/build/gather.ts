import type { Value } from '../graph.ts'
import { reshape } from './layout.ts'

/** Rows x[index]: [n, ...] and [...i] -> [...i, ...]. */
export function gatherRows(x: Value, index: Value): Value {
  return x.graph.one('Gather', [x, index], { attributes: { axis: { int: 0 } } })
}

/** Per row, the element at index [n, 1] along the last axis. */
export function gatherElements(x: Value, index: Value): Value {
  return x.graph.one('GatherElements', [x, index], { attributes: { axis: { int: -1 } } })
}

/** data with updates added at index (the shape of updates) along an axis; an index may repeat. */
export function addElements(data: Value, index: Value, updates: Value, axis: number): Value {
  return data.graph.one('ScatterElements', [data, index, updates], { attributes: { axis: { int: axis }, reduction: { text: 'add' } } })
}

/** data [n, ...] with the rows of updates added at index [...i] (int64). Rows must be distinct: the CPU kernel's threads race on repeats. */
export function addRows(data: Value, index: Value, updates: Value): Value {
  const rows = reshape(index, [...index.shape, 1])
  return data.graph.one('ScatterND', [data, rows, updates], { attributes: { reduction: { text: 'add' } } })
}

/**
 * Rows x[index] where `inverse` leads back: a row of x that appears does so once, at inverse[row]. The gradient is then the gather by
 * `inverse`, not a scatter. Result rows beyond those (padding, repeating some row) must get a zero gradient from what follows; rows of
 * x that do not appear are given the gradient of another row and must be zeroed by what comes before.
 */
export function permuteRows(x: Value, index: Value, inverse: Value): Value {
  return x.graph.composite('PermuteRows', [x, index, inverse], {}, () => ({ output: gatherRows(x, index) }))
}
