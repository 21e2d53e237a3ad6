import type { TextConfig, VisionConfig } from '../config.ts'
import { QUERY_BLOCKS } from '../causalAttention.ts'
import { queryBlocks, WHOLE_SLICE } from './limits.ts'

/** Bytes of a float32: activations, gradients, moments and everything trained. */
export const FLOAT = 4
/** Of a float16. */
export const HALF = 2

/** Weights of a decoder layer, norms and biases left out. */
export function layerParameters({ hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim }: TextConfig): number {
  return 2 * h * headDim * (heads + kvHeads) + 3 * h * i
}

/**
 * Bytes at the moment a decoder block of `batch` sequences of `tokens` needs most going backward: its weights as stored (`stored` bytes each) and
 * widened (in 4 bits widened alone, on a device as stored and the two largest matrices), and values with their gradients. Large blocks (limits.ts) hold those of one share of the MLP
 * or of the queries at a time. Within a tenth of what was measured on the CPU with blocks of the released 2B and 3B models.
 */
export function decoderBackwardBytes(text: TextConfig, stored: number, batch: number, tokens: number, onDevice = false): number {
  const { hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim } = text
  const rows = batch * tokens
  const [q, kv] = [heads * headDim, kvHeads * headDim]
  const inFourBits = onDevice ? stored * layerParameters(text) + FLOAT * 2 * h * i : FLOAT * layerParameters(text)
  const weights = stored < 1 ? inFourBits : (stored + FLOAT) * layerParameters(text)
  const blocks = queryBlocks(tokens)
  const outside = rows * (4 * h + 3 * q + 3 * kv)
  if (blocks === QUERY_BLOCKS) return weights + FLOAT * 1.5 * (outside + 4 * rows * i + heads * rows * tokens)
  const mlp = 8 * i * (rows / 4)
  const scores = 4 * heads * (rows / blocks) * tokens
  return weights + FLOAT * (2 * outside + Math.max(mlp, scores) + 2 * rows * h)
}

/** The same for a block of the tower going forward on `images` pictures of `patches` each, full attention. */
export function visionForwardBytes(vision: VisionConfig, images: number, patches: number): number {
  const { width, heads } = vision
  return visionWeights(vision) + FLOAT * (2 * images * (heads / sharesOf(patches)) * patches ** 2 + 8 * images * patches * width)
}

/** And going backward. */
export function visionBackwardBytes(vision: VisionConfig, images: number, patches: number): number {
  const { width, heads, intermediateSize } = vision
  const shares = sharesOf(patches)
  const rows = images * patches
  const mlp = shares === 1 ? 1.3 * 4 * rows * intermediateSize : 8 * (rows / 4) * intermediateSize
  return visionWeights(vision) + FLOAT * (4 * images * (heads / shares) * patches ** 2 + 1.3 * 9 * rows * width + mlp)
}

function sharesOf(patches: number): number {
  return patches > WHOLE_SLICE ? 4 : 1
}

/** Float16 weights and their widened copies; Qwen2-VL's MLP has two matrices, Qwen2.5-VL's three. */
function visionWeights({ family, width, intermediateSize }: VisionConfig): number {
  return (HALF + FLOAT) * (4 * width ** 2 + (family === 'qwen2_vl' ? 2 : 3) * width * intermediateSize)
}
