import { quickGelu } from '#main/onnx/build/elementwise.ts'
import { layerNorm } from '#main/onnx/build/normalize.ts'
import type { VisionFamily } from '../family.ts'

/** Qwen2-VL: LayerNorm with bias, fc2(quickGelu(fc1 x)); every block attends over whole time slices (its configuration has no windows). */
export const QWEN2_VL: VisionFamily = {
  normExtras: ['bias'],
  norm: (x, weights, name) => layerNorm(x, weights(`${name}.weight`), weights(`${name}.bias`), 1e-6),
  mlpLayers: ({ width, intermediateSize }) => [
    { name: 'mlp.fc1', out: intermediateSize, in: width },
    { name: 'mlp.fc2', out: width, in: intermediateSize }
  ],
  mlp: (x, weights, block) => weights.linear(quickGelu(weights.linear(x, `${block}.mlp.fc1`)), `${block}.mlp.fc2`)
}
