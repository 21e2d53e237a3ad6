import { add, mul } from '#main/onnx/build/elementwise.ts'
import { concat } from '#main/onnx/build/layout.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { rmsNorm, rotary, silu } from '#main/onnx/build/normalize.ts'
import type { Value } from '#main/onnx/graph.ts'
import type { TextConfig } from '../config.ts'
import type { Weights } from '../weights.ts'
import { type BlockWrapper, plainBlock } from './block.ts'

/** How a block's queries meet keys: q [N, heads * d], k and v [N, kvHeads * d] of layer `layer`, to [N, heads * d]. */
export type Attend = (q: Value, k: Value, v: Value, layer: number) => Value

export interface RotaryRows {
  readonly cos: Value
  readonly sin: Value
}

/**
 * One row per token [N, hidden]: looked up by ids [N], then rows of visual features [M, hidden] put in by `rows` [N], which counts
 * the N looked-up rows first and the M feature rows after them.
 */
export function embedTokens(ids: Value, rows: Value, features: Value, weights: Weights): Value {
  return gatherRows(concat([gatherRows(weights('model.embed_tokens.weight'), ids), features], 0), rows)
}

export interface StackOptions {
  /** May run a block as a group (recomputation). */
  readonly wrap?: BlockWrapper
  /** Rows [M] whose result is wanted: the last block makes keys and values of all rows and goes on with these. */
  readonly lastRows?: Value
}

/**
 * The decoder on embedded tokens [N, hidden], up to and with the final norm. Training, scoring and generation differ in `attend` and in
 * the rows they want only.
 */
export function decoderStack(
  embedded: Value, text: TextConfig, weights: Weights, angles: RotaryRows, attend: Attend, { wrap = plainBlock, lastRows }: StackOptions = {}
): Value {
  let x = embedded
  for (let layer = 0; layer < text.layers; layer++) {
    const wanted = layer === text.layers - 1 ? lastRows : undefined
    x = wrap(x, (rows) => decoderBlock(rows, layer, text, weights, angles, attend, { wanted }))
  }
  return rmsNorm(x, weights('model.norm.weight'), text.rmsNormEps)
}

export interface DecoderBlockOptions {
  /** Rows of x whose result is wanted; default all. */
  readonly wanted?: Value | undefined
  /** May run the MLP on a few rows at a time. */
  readonly byRows?: BlockWrapper | undefined
}

/** x += o(attention(rope(q), rope(k), v)); x += down(silu(gate) up); both on the RMS-normalised x. */
export function decoderBlock(
  x: Value, layer: number, text: TextConfig, weights: Weights, angles: RotaryRows, attend: Attend, { wanted, byRows = plainBlock }: DecoderBlockOptions = {}
): Value {
  const at = (name: string): string => `model.layers.${layer}.${name}`
  const project = (y: Value, name: string): Value => weights.linear(y, at(name))
  const y = rmsNorm(x, weights(at('input_layernorm.weight')), text.rmsNormEps)
  const kept = (rows: Value): Value => (wanted ? gatherRows(rows, wanted) : rows)
  const q = rotary(project(kept(y), 'self_attn.q_proj'), kept(angles.cos), kept(angles.sin), text.heads)
  const k = rotary(project(y, 'self_attn.k_proj'), angles.cos, angles.sin, text.kvHeads)
  const mixed = add(kept(x), project(attend(q, k, project(y, 'self_attn.v_proj'), layer), 'self_attn.o_proj'))
  return add(mixed, byRows(mixed, (rows) => {
    const z = rmsNorm(rows, weights(at('post_attention_layernorm.weight')), text.rmsNormEps)
    return project(mul(silu(project(z, 'mlp.gate_proj')), project(z, 'mlp.up_proj')), 'mlp.down_proj')
  }))
}

/** Logits [n, vocabulary] of hidden rows [n, hidden]; the embedding serves as head when they are tied. */
export function languageHead(hidden: Value, text: TextConfig, weights: Weights): Value {
  return text.tied ? linear(hidden, weights('model.embed_tokens.weight')) : weights.linear(hidden, 'lm_head')
}
