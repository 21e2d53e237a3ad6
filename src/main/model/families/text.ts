import { add, mul } from '#main/onnx/build/elementwise.ts'
import { concat } from '#main/onnx/build/layout.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { rmsNorm, rotary, silu } from '#main/onnx/build/normalize.ts'
import type { Value } from '#main/onnx/graph.ts'
import type { TextConfig } from '../config.ts'
import type { Weights } from '../weights.ts'

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

/** The decoder on embedded tokens [N, hidden], up to and with the final norm. Training, scoring and generation differ in `attend` only. */
export function decoderStack(embedded: Value, text: TextConfig, weights: Weights, angles: RotaryRows, attend: Attend): Value {
  let x = embedded
  for (let layer = 0; layer < text.layers; layer++) x = decoderBlock(x, layer, text, weights, angles, attend)
  return rmsNorm(x, weights('model.norm.weight'), text.rmsNormEps)
}

/** x += o(attention(rope(q), rope(k), v)); x += down(silu(gate) up); both on the RMS-normalised x. */
export function decoderBlock(x: Value, layer: number, text: TextConfig, weights: Weights, angles: RotaryRows, attend: Attend): Value {
  const at = (name: string): Value => weights(`model.layers.${layer}.${name}`)
  const project = (y: Value, name: string): Value => linear(y, at(`self_attn.${name}.weight`), at(`self_attn.${name}.bias`))
  const y = rmsNorm(x, at('input_layernorm.weight'), text.rmsNormEps)
  const q = rotary(project(y, 'q_proj'), angles.cos, angles.sin, text.heads)
  const k = rotary(project(y, 'k_proj'), angles.cos, angles.sin, text.kvHeads)
  const mixed = add(x, linear(attend(q, k, project(y, 'v_proj'), layer), at('self_attn.o_proj.weight')))
  const z = rmsNorm(mixed, at('post_attention_layernorm.weight'), text.rmsNormEps)
  const gate = silu(linear(z, at('mlp.gate_proj.weight')))
  return add(mixed, linear(mul(gate, linear(z, at('mlp.up_proj.weight'))), at('mlp.down_proj.weight')))
}

/** Logits [n, vocabulary] of hidden rows [n, hidden]; the embedding serves as head when they are tied. */
export function languageHead(hidden: Value, text: TextConfig, weights: Weights): Value {
  return linear(hidden, weights(text.tied ? 'model.embed_tokens.weight' : 'lm_head.weight'))
}
