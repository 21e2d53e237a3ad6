import { SightlineError } from '#shared/domain/errors.ts'
import { type HostTensor, floats, indices } from '../runtime/tensor.ts'
import { QUERY_BLOCKS } from './causalAttention.ts'
import type { VisionLanguageConfig } from './config.ts'
import { causalBias } from './decoderFeeds.ts'
import { RotaryTable, tokenPositions } from './families/positions.ts'
import { visionFeeds } from './families/vision.ts'
import type { PatchedImage } from './patches.ts'
import type { TokenSample } from './sequence.ts'
import { targetsName } from './sequenceGraph.ts'

/** Sequences are padded on the right to a multiple of this. */
const PAD_TO = 32

/** A padded batch as graph inputs, and which target each of the K scored rows is. */
export interface SequenceBatch {
  readonly feeds: Map<string, HostTensor>
  /** [K] sample and token of each target, in feed order. */
  readonly samples: Int32Array
  readonly tokens: Int32Array
  /** [K] weights of the targets. */
  readonly weights: Float32Array
  /** Distinct images in feature order, and the first feature row of each. */
  readonly images: readonly PatchedImage[]
  readonly featureRows: ReadonlyMap<PatchedImage, number>
  /** Pieces the head must be run in (`SequenceOptions.chunks`); `feeds` fit a graph of that many. */
  readonly chunks: number
}

/** Rows of logits at a time that take 256 MiB. */
export function defaultHeadRows(config: VisionLanguageConfig): number {
  return Math.max(1, Math.floor(2 ** 26 / config.text.vocabSize))
}

/** Assembles batches for one configuration; keeps the rotary table and the causal masks between batches. */
export class SequenceFeeder {
  readonly #config: VisionLanguageConfig
  readonly #rotary: RotaryTable
  readonly #causal = new Map<number, HostTensor>()

  constructor(config: VisionLanguageConfig) {
    this.#config = config
    this.#rotary = new RotaryTable(config.text.headDim, config.text.ropeTheta, config.text.mropeSection)
  }

  /**
   * All samples as one batch, padded to the longest rounded up to 32, the head in pieces of at most `headRows` rows. Throws
   * `bad_input` naming a sample whose images do not fit.
   */
  batch(samples: readonly TokenSample[], headRows = Infinity): SequenceBatch {
    const length = Math.ceil(Math.max(...samples.map((sample) => sample.ids.length), 1) / PAD_TO) * PAD_TO
    const targets = targetsOf(samples, length)
    const { images, featureRows } = this.#distinctImages(samples)
    const feeds = visionFeeds(images, this.#config.vision)
    for (const [name, value] of this.#textFeeds(samples, length, featureRows)) feeds.set(name, value)
    feeds.set('predicting', indices([targets.rows.length], targets.rows))
    const chunks = pieces(targets.ids.length, headRows)
    for (let i = 0; i < chunks; i++) {
      const part = targets.ids.subarray(Math.floor((i * targets.ids.length) / chunks), Math.floor(((i + 1) * targets.ids.length) / chunks))
      feeds.set(targetsName(i, chunks), indices([part.length, 1], part))
    }
    return { feeds, samples: targets.samples, tokens: targets.tokens, weights: targets.weights, images, featureRows, chunks }
  }

  #textFeeds(samples: readonly TokenSample[], length: number, featureRows: ReadonlyMap<PatchedImage, number>): [string, HostTensor][] {
    const count = samples.length * length
    const { half } = this.#rotary
    const { imagePad } = this.#config.ids
    const [cos, sin] = [floats([count, half]), floats([count, half])]
    const ids = new BigInt64Array(count).fill(BigInt(this.#config.ids.pad))
    const rows = BigInt64Array.from({ length: count }, (_, row) => BigInt(row))
    samples.forEach((sample, b) => {
      const first = b * length
      const grids = sample.images.map((image) => image.grid)
      const positions = this.#named(b, () => tokenPositions(sample.ids, grids, { imagePad, mergeSize: this.#config.vision.mergeSize }))
      this.#rotary.write(positions, cos.data, sin.data, first)
      const visual = visualRows(sample.images, featureRows)
      for (let t = 0; t < sample.ids.length; t++) {
        const id = sample.ids[t] ?? 0
        ids[first + t] = BigInt(id)
        if (id === imagePad) rows[first + t] = BigInt(count + (visual.next().value ?? 0))
      }
    })
    return [
      ['ids', { dtype: 'i64', shape: [samples.length, length], data: ids }],
      ['rows', { dtype: 'i64', shape: [count], data: rows }],
      ['cos', cos],
      ['sin', sin],
      ['causal', this.#mask(length)]
    ]
  }

  /** At least one image, since the graph always runs the tower: a blank one that no token reads stands in. */
  #distinctImages(samples: readonly TokenSample[]): { images: PatchedImage[]; featureRows: Map<PatchedImage, number> } {
    const { mergeSize, patchSize, temporalPatchSize } = this.#config.vision
    const images = [...new Set(samples.flatMap((sample) => sample.images))]
    if (images.length === 0) images.push(blankImage(mergeSize, 3 * temporalPatchSize * patchSize ** 2))
    const featureRows = new Map<PatchedImage, number>()
    let row = 0
    for (const image of images) {
      featureRows.set(image, row)
      row += image.tokens
    }
    return { images, featureRows }
  }

  #mask(length: number): HostTensor {
    const known = this.#causal.get(length)
    if (known) return known
    const mask = causalBias(length / QUERY_BLOCKS, length)
    this.#causal.set(length, mask)
    return mask
  }

  #named<T>(sample: number, run: () => T): T {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof SightlineError)) throw error
      throw new SightlineError(error.code, error.message, { where: `sample ${sample} of the batch`, cause: error })
    }
  }
}

/** How many pieces of at most `most` rows: a power of two where there are rows enough, since each count takes a graph of its own. */
function pieces(rows: number, most: number): number {
  return Math.min(rows, 2 ** Math.ceil(Math.log2(Math.max(1, rows / most))))
}

/** One merged cell of nothing. */
export function blankImage(mergeSize: number, patchLength: number): PatchedImage {
  return { patches: new Float32Array(mergeSize ** 2 * patchLength), grid: [1, mergeSize, mergeSize], tokens: 1 }
}

/** Feature rows of a sample's visual tokens in order. */
function* visualRows(images: readonly PatchedImage[], featureRows: ReadonlyMap<PatchedImage, number>): Generator<number> {
  for (const image of images) {
    const first = featureRows.get(image) ?? 0
    for (let k = 0; k < image.tokens; k++) yield first + k
  }
}

function targetsOf(samples: readonly TokenSample[], length: number): {
  rows: Int32Array; ids: Int32Array; samples: Int32Array; tokens: Int32Array; weights: Float32Array
} {
  const found = samples.flatMap((sample, b) =>
    Array.from(sample.loss.keys()).flatMap((t) => (t > 0 && sample.loss[t] !== 0 ? [{ b, t, id: sample.ids[t] ?? 0, weight: sample.loss[t] ?? 0 }] : []))
  )
  if (found.length === 0) throw new SightlineError('bad_input', 'no token of the batch is a target', { advice: 'give at least one token a loss weight' })
  return {
    rows: Int32Array.from(found, ({ b, t }) => b * length + t - 1),
    ids: Int32Array.from(found, ({ id }) => id),
    samples: Int32Array.from(found, ({ b }) => b),
    tokens: Int32Array.from(found, ({ t }) => t),
    weights: Float32Array.from(found, ({ weight }) => weight)
  }
}
