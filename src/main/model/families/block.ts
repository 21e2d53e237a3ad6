import type { Value } from '#main/onnx/graph.ts'

/** Runs a block on its rows [N, width], or something that computes the same. */
export type BlockWrapper = (x: Value, block: (x: Value) => Value) => Value

export const plainBlock: BlockWrapper = (x, block) => block(x)
