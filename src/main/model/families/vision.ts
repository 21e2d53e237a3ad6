import { attention } from '#main/onnx/build/attention.ts'
import { add, exp, gelu, mul } from '#main/onnx/build/elementwise.ts'
import { permuteRows } from '#main/onnx/build/gather.ts'
import { concat, reshape, split, transpose } from '#main/onnx/build/layout.ts'
import { gemm } from '#main/onnx/build/matmul.ts'
import { rotary } from '#main/onnx/build/normalize.ts'
import { recomputed } from '#main/onnx/build/recompute.ts'
import { dimAt, product } from '#main/onnx/dims.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import { type HostTensor, floats, indices } from '../../runtime/tensor.ts'
import type { VisionConfig } from '../config.ts'
import type { Weights } from '../weights.ts'
import { type BlockWrapper, plainBlock } from './block.ts'
import type { Grid } from './positions.ts'
import { familyOf } from './table.ts'
import { patchRotary, type SegmentTable, sliceSegments, type VisionLayoutSettings, windowSegments } from './visionLayout.ts'

/** Shares of the heads that attend one at a time where a picture is large. */
const HEAD_SHARES = 4

/** Which rows attend to each other: places of the segments, the way back, 0 or -1e9 per place. */
export interface Segments {
  readonly index: Value
  readonly inverse: Value
  readonly bias: Value
}

/** Rotary rows of the patches [P, headDim / 2]. */
export interface PatchAngles {
  readonly cos: Value
  readonly sin: Value
}

/** What a block of the tower attends within: windows of a picture, or a whole time slice. */
export type SegmentKind = 'windows' | 'slices'

/**
 * The vision tower: adds the inputs of `visionFeeds` to the graph and returns the visual features [M, outWidth], one row per
 * merged cell in the order of the images. Windows are read through index tables, so images of any sizes share one run and the rows
 * keep their order: the reference's reordering and its undoing are not needed. `wrap` may run a block as a group (recomputation).
 */
export function visionTower(graph: Graph, vision: VisionConfig, weights: Weights, wrap: BlockWrapper = plainBlock): Value {
  let x = embedPatches(graph, vision, weights)
  const angles = patchAngles(graph, vision)
  const segments = new Map(attentionKinds(vision).map((kind) => [kind, segmentInputs(graph, vision, kind)]))
  for (let layer = 0; layer < vision.depth; layer++) {
    const within = segments.get(segmentKind(vision, layer)) as Segments
    x = wrap(x, (rows) => visionBlock(rows, `visual.blocks.${layer}`, vision, weights, angles, within))
  }
  return mergeCells(x, vision, weights)
}

/** The input `patches` [4 M, 3 * frames * size^2] through the first linear layer. */
export function embedPatches(graph: Graph, vision: VisionConfig, weights: Weights): Value {
  const patchLength = 3 * vision.temporalPatchSize * vision.patchSize ** 2
  const patches = graph.input('patches', [patchRows(vision), patchLength])
  return gemm(patches, reshape(weights('visual.patch_embed.proj.weight'), [vision.width, patchLength]), { transB: true })
}

export interface VisionBlockOptions {
  /** A few heads attend at a time, and their scores are computed once more in the backward pass. */
  readonly again?: boolean
  /** May run the MLP on a few rows at a time. */
  readonly byRows?: BlockWrapper | undefined
}

/** x += attention(norm1 x); x += mlp(norm2 x). */
export function visionBlock(
  x: Value, block: string, vision: VisionConfig, weights: Weights, angles: PatchAngles, segments: Segments, { again = false, byRows = plainBlock }: VisionBlockOptions = {}
): Value {
  const family = familyOf(vision)
  const mixed = add(x, attend(family.norm(x, weights, `${block}.norm1`), block, vision, weights, angles, segments, again))
  return add(mixed, byRows(mixed, (rows) => family.mlp(family.norm(rows, weights, `${block}.norm2`), weights, block)))
}

/** Each merged cell's rows as one, through a two-layer MLP: [mergeSize^2 M, width] to [M, outWidth]. */
export function mergeCells(x: Value, vision: VisionConfig, weights: Weights): Value {
  const normal = familyOf(vision).norm(x, weights, 'visual.merger.ln_q')
  const cells = reshape(normal, ['M', vision.width * vision.mergeSize ** 2])
  return weights.linear(gelu(weights.linear(cells, 'visual.merger.mlp.0')), 'visual.merger.mlp.2')
}

function attend(x: Value, block: string, vision: VisionConfig, weights: Weights, angles: PatchAngles, segments: Segments, again: boolean): Value {
  const { width, heads } = vision
  const packed = weights.linear(x, `${block}.attn.qkv`)
  const [q, k, v] = split(packed, [width, width, width], 1) as [Value, Value, Value]
  const turn = (rows: Value): Value => rotary(rows, angles.cos, angles.sin, heads)
  const [groups, length] = [dimAt(segments.index.shape, 0), dimAt(segments.index.shape, 1)]
  const gathered = (rows: Value): Value => {
    const placed = permuteRows(rows, segments.index, segments.inverse)
    return transpose(reshape(placed, [groups, length, heads, width / heads]), [0, 2, 1, 3])
  }
  const mixed = attendByHeads(gathered(turn(q)), gathered(turn(k)), gathered(v), segments.bias, again ? HEAD_SHARES : 1)
  // Padding must not send gradients back through its queries: exp(bias) is 1 on patches and 0 on padding.
  const valid = reshape(exp(segments.bias), [groups, length, 1])
  const clean = mul(reshape(transpose(mixed, [0, 2, 1, 3]), [groups, length, width]), valid)
  const places = reshape(clean, [product([groups, length]), width])
  return weights.linear(permuteRows(places, segments.inverse, segments.index), `${block}.attn.proj`)
}

/** Attention of q, k and v [groups, heads, length, d] in so many shares of the heads, one at a time. */
function attendByHeads(q: Value, k: Value, v: Value, bias: Value, shares: number): Value {
  const heads = Number(dimAt(q.shape, 1))
  const scale = Number(dimAt(q.shape, 3)) ** -0.5
  if (shares === 1 || heads % shares !== 0) return attention(q, k, v, bias, scale)
  const cut = (x: Value): Value[] => split(x, new Array<number>(shares).fill(heads / shares), 1)
  const [keys, values] = [cut(k), cut(v)]
  return concat(cut(q).map((rows, i) => recomputed(rows, (same) => [attention(same, keys[i] as Value, values[i] as Value, bias, scale)])[0] as Value), 1)
}

/** Rows of a tower that gives M features. */
export const patchRows = ({ mergeSize }: VisionConfig): string => `${mergeSize ** 2}*M`

/** The inputs `patchCos` and `patchSin` [4 M, d/2]. */
export function patchAngles(graph: Graph, vision: VisionConfig): PatchAngles {
  const shape = [patchRows(vision), vision.width / vision.heads / 2]
  return { cos: graph.input('patchCos', shape), sin: graph.input('patchSin', shape) }
}

/** The inputs `<kind>.index`, `<kind>.inverse` and `<kind>.bias`. */
export function segmentInputs(graph: Graph, vision: VisionConfig, kind: SegmentKind): Segments {
  const [groups, length] = kind === 'windows' ? ['W', 'X'] as const : ['Y', 'Z'] as const
  return {
    index: graph.input(`${kind}.index`, [groups, length], 'i64'),
    inverse: graph.input(`${kind}.inverse`, [patchRows(vision)], 'i64'),
    bias: graph.input(`${kind}.bias`, [groups, 1, 1, length])
  }
}

export function segmentKind(vision: VisionConfig, layer: number): SegmentKind {
  return vision.fullAttentionBlocks.includes(layer) ? 'slices' : 'windows'
}

function attentionKinds(vision: VisionConfig): SegmentKind[] {
  return [...new Set(Array.from({ length: vision.depth }, (_, layer) => segmentKind(vision, layer)))]
}

/** An image cut into patches: rows in merge-group order, and its grid in patches. */
export interface PatchRows {
  readonly patches: Float32Array
  readonly grid: Grid
}

/** Inputs of the vision tower for a list of images (at least one). */
export function visionFeeds(images: readonly PatchRows[], vision: VisionConfig & VisionLayoutSettings): Map<string, HostTensor> {
  const grids = images.map((image) => image.grid)
  const count = images.reduce((sum, image) => sum + image.grid[0] * image.grid[1] * image.grid[2], 0)
  const patchLength = 3 * vision.temporalPatchSize * vision.patchSize ** 2
  const patches = floats([count, patchLength])
  let at = 0
  for (const image of images) {
    patches.data.set(image.patches, at)
    at += image.patches.length
  }
  const headDim = vision.width / vision.heads
  const { cos, sin } = patchRotary(grids, headDim, vision.mergeSize)
  return new Map<string, HostTensor>([
    ['patches', patches],
    ['patchCos', floats([count, headDim / 2], cos)],
    ['patchSin', floats([count, headDim / 2], sin)],
    ...attentionKinds(vision).flatMap((kind) => segmentFeeds(kind, kind === 'windows' ? windowSegments(grids, vision) : sliceSegments(grids)))
  ])
}

function segmentFeeds(name: SegmentKind, table: SegmentTable): [string, HostTensor][] {
  return [
    [`${name}.index`, indices([table.count, table.length], table.index)],
    [`${name}.inverse`, indices([table.inverse.length], table.inverse)],
    [`${name}.bias`, floats([table.count, 1, 1, table.length], table.bias)]
  ]
}
