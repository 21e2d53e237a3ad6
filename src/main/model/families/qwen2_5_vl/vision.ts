import { mul } from '#main/onnx/build/elementwise.ts'
import { rmsNorm, silu } from '#main/onnx/build/normalize.ts'
import type { VisionFamily } from '../family.ts'

/** Qwen2.5-VL: RMSNorm, down(silu(gate x) up x) with biases. */
export const QWEN2_5_VL: VisionFamily = {
  normExtras: [],
  norm: (x, weights, name) => rmsNorm(x, weights(`${name}.weight`), 1e-6),
  mlpLayers: ({ width, intermediateSize }) => [
    { name: 'mlp.gate_proj', out: intermediateSize, in: width },
    { name: 'mlp.up_proj', out: intermediateSize, in: width },
    { name: 'mlp.down_proj', out: width, in: intermediateSize }
  ],
  mlp: (x, weights, block) => {
    const gate = silu(weights.linear(x, `${block}.mlp.gate_proj`))
    return weights.linear(mul(gate, weights.linear(x, `${block}.mlp.up_proj`)), `${block}.mlp.down_proj`)
  }
}
