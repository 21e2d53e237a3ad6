import { SightlineError } from '#shared/domain/errors.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'
import { causalBias } from '../decoderFeeds.ts'
import { visionFeeds } from '../families/vision.ts'
import type { PatchedImage } from '../patches.ts'
import type { SequenceBatch } from '../sequenceFeeds.ts'
import { type Block, decoderBlocks, FINAL_NORM, towerBlocks } from './block.ts'
import { type BlockwiseModel, BlockRunner, type MaskMakers } from './blockRunner.ts'
import { embedBatch, featureGradient } from './embedding.ts'
import { KeptInputs } from './keptInputs.ts'
import { type HeadScores, LanguageHead } from './languageHead.ts'
import { queryBlocks, TOWER_PATCHES } from './limits.ts'
import { VocabularyTable } from './vocabularyTable.ts'

/** Gradients of the targets' log-probabilities [K] from these. */
export type ScoreGradient = (scores: HeadScores) => Promise<Float32Array>

/** What enters a block, kept for the backward pass. */
interface Kept {
  readonly block: Block
  /** Good once. */
  readonly take: () => HostTensor
}

type Feeds = ReadonlyMap<string, HostTensor>

interface ForwardPass {
  readonly tower: Kept[]
  readonly decoder: Kept[]
  /** [K, hidden] rows that predict a target, before the final norm, and after it. */
  readonly selected: HostTensor
  readonly normal: HostTensor
  readonly scores: HeadScores
}

/**
 * The whole-sequence pass of sequenceGraph.ts, one block after another: at any time there are the inputs of the blocks that will be
 * walked back through, one block's own values and its tensors, widened to float32 inside its graph.
 */
export class BlockwisePass {
  readonly #model: BlockwiseModel
  readonly #runner: BlockRunner
  readonly #head: LanguageHead
  readonly #embedding: VocabularyTable
  readonly #causal = new Map<number, HostTensor>()

  constructor(model: BlockwiseModel) {
    const table = (name: string): VocabularyTable => new VocabularyTable(model.weights.get(name) as HostTensor)
    this.#model = model
    this.#runner = new BlockRunner(model)
    this.#embedding = table('model.embed_tokens.weight')
    this.#head = new LanguageHead(this.#runner.sessions, model.config.text.tied ? this.#embedding : table('lm_head.weight'), this.#runner.residents, model.settings.largestBuffer)
  }

  /** Log-probabilities and entropies of a batch's targets. Throws `unsupported` for an adapter on the head. */
  async score(batch: SequenceBatch): Promise<HeadScores> {
    return (await this.#forward(batch, null, null)).scores
  }

  /** `score` with dropout, and the gradient of every adapter tensor by name. */
  async gradients(batch: SequenceBatch, masks: MaskMakers, gradientOf: ScoreGradient): Promise<{ scores: HeadScores; gradients: Map<string, HostTensor> }> {
    const { blockInputs = 'float32', scratch } = this.#model.settings
    const inputs = new KeptInputs(blockInputs, scratch)
    try {
      return await this.#backThrough(await this.#forward(batch, masks, inputs), batch, masks, gradientOf)
    } finally {
      inputs.close()
    }
  }

  async #backThrough(pass: ForwardPass, batch: SequenceBatch, masks: MaskMakers, gradientOf: ScoreGradient): Promise<{ scores: HeadScores; gradients: Map<string, HostTensor> }> {
    const { scores, normal, selected, decoder, tower } = pass
    const dNormal = await this.#head.backward(normal, targetsOf(batch), scores, await gradientOf(scores))
    const { dx: dSelected } = await this.#runner.backward(FINAL_NORM, selected, dNormal, batch.feeds, null, true)
    const gradients = new Map<string, HostTensor>()
    const shape = [...batch.feeds.get('ids')?.shape ?? [], this.#model.config.text.hiddenSize]
    const dEmbedded = await this.#walkBack(decoder, scatterRows(dSelected as HostTensor, predicting(batch), shape), this.#textFeeds(batch), masks, gradients, tower.length > 0)
    if (tower.length > 0) await this.#walkBack(tower, featureGradient(batch, dEmbedded as HostTensor), batch.feeds, masks, gradients, false)
    return { scores, gradients }
  }

  /** Visual features [tokens of all, outWidth] of pictures, in their order. */
  async encode(images: readonly PatchedImage[]): Promise<Float32Array> {
    const features = joinedRows(await this.#encode(images))
    if (this.large) await this.rest()
    return features.data as Float32Array
  }

  /** Whether a session holds more than making it again costs. */
  get large(): boolean {
    return this.#runner.large
  }

  /** Logits [K, vocabulary] of the rows that predict a batch's targets, for comparison of few rows. */
  async logits(batch: SequenceBatch): Promise<Float32Array> {
    return await this.#head.logits((await this.#forward(batch, null, null)).normal)
  }

  /** Frees sessions and buffers; the next run makes them again. */
  async rest(): Promise<void> {
    this.#head.close()
    await this.#runner.rest()
  }

  /** Frees what stays on a graphics device too. */
  async close(): Promise<void> {
    await this.rest()
    await this.#runner.close()
  }

  async #forward(batch: SequenceBatch, masks: MaskMakers | null, inputs: KeptInputs | null): Promise<ForwardPass> {
    if (this.#model.adapter?.scales.has('lm_head')) {
      throw new SightlineError('unsupported', 'an adapter on the head, block by block', { advice: 'leave lm_head out of the adapted layers, or merge the adapter' })
    }
    const [tower, decoder]: [Kept[], Kept[]] = [[], []]
    const [towerOrder, decoderOrder] = [towerBlocks(this.#model.config.vision), decoderBlocks(this.#model.config.text)]
    const towerKept = this.#fromFirstAdapted(towerOrder)
    const decoderKept = towerKept.length > 0 ? decoderOrder : this.#fromFirstAdapted(decoderOrder)
    const run = async (blocks: readonly Block[], from: HostTensor | null, feeds: Feeds, kept: Kept[], wanted: readonly Block[]): Promise<HostTensor> => {
      let x = from
      for (const block of blocks) {
        if (inputs && x && wanted.includes(block)) kept.push({ block, take: inputs.keep(x) })
        x = await this.#runner.forward(block, x, feeds, masks)
      }
      return x as HostTensor
    }
    const parts = towerKept.length > 0 ? [await run(towerOrder, null, batch.feeds, tower, towerKept)] : await this.#encode(batch.images)
    const embedded = embedBatch(batch, this.#embedding, joinedRows(parts))
    const hidden = await run(decoderOrder, embedded, this.#textFeeds(batch), decoder, decoderKept)
    const selected = gatherRows(hidden, predicting(batch))
    const normal = await this.#runner.forward(FINAL_NORM, selected, batch.feeds, null)
    return { tower, decoder, selected, normal, scores: await this.#head.forward(normal, targetsOf(batch)) }
  }

  /** Features of groups of pictures, by the tower as it is. */
  async #encode(images: readonly PatchedImage[]): Promise<HostTensor[]> {
    const { vision } = this.#model.config
    const parts: HostTensor[] = []
    for (const group of pictureGroups(images)) {
      const feeds = visionFeeds(group, vision)
      let x: HostTensor | null = null
      for (const block of towerBlocks(vision)) x = await this.#runner.forward(block, x, feeds, null)
      parts.push(x as HostTensor)
    }
    return parts
  }

  /** Back through the kept blocks, last to first, each input forgotten once used; the gradient of the first one's input where wanted. */
  async #walkBack(kept: Kept[], from: HostTensor, feeds: Feeds, masks: MaskMakers, into: Map<string, HostTensor>, wantFirst: boolean): Promise<HostTensor | null> {
    let dy: HostTensor | null = from
    for (let last = kept.pop(); last && dy; last = kept.pop()) {
      const { dx, adapters } = await this.#runner.backward(last.block, last.take(), dy, feeds, masks, wantFirst || kept.length > 0)
      for (const [name, gradient] of adapters) into.set(name, gradient)
      dy = dx
    }
    return dy
  }

  /** The batch's inputs with its queries in as many blocks as its length asks for. */
  #textFeeds({ feeds }: SequenceBatch): Feeds {
    const length = feeds.get('ids')?.shape[1] ?? 1
    const causal = this.#causal.get(length) ?? causalBias(length / queryBlocks(length), length)
    this.#causal.set(length, causal)
    return new Map([...feeds, ['causal', causal]])
  }

  /** The blocks from the first with an adapter on. */
  #fromFirstAdapted(blocks: readonly Block[]): readonly Block[] {
    const first = blocks.findIndex((block) => this.#runner.adapters(block).length > 0)
    return first < 0 ? [] : blocks.slice(first)
  }
}

/** Pictures a frozen tower is run on together: attention over one is as large as that over several is. */
function pictureGroups(images: readonly PatchedImage[]): PatchedImage[][] {
  const groups: PatchedImage[][] = []
  let patches = 0
  for (const image of images) {
    const own = image.grid[0] * image.grid[1] * image.grid[2]
    if (groups.length === 0 || patches + own > TOWER_PATCHES) {
      groups.push([])
      patches = 0
    }
    groups.at(-1)?.push(image)
    patches += own
  }
  return groups
}

/** Tensors of rows of one width, one after another. */
function joinedRows(parts: readonly HostTensor[]): HostTensor {
  const [first] = parts
  if (first && parts.length === 1) return first
  const width = first?.shape.at(-1) ?? 0
  const joined = floats([parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0), width])
  let at = 0
  for (const { data } of parts) {
    joined.data.set(data as Float32Array, at)
    at += data.length
  }
  return joined
}

function targetsOf({ feeds }: SequenceBatch): Int32Array {
  return Int32Array.from(feeds.get('targets')?.data as BigInt64Array, Number)
}

function predicting({ feeds }: SequenceBatch): Int32Array {
  return Int32Array.from(feeds.get('predicting')?.data as BigInt64Array, Number)
}

/** Rows [K, width] of x [..., width]. */
function gatherRows(x: HostTensor, rows: Int32Array): HostTensor<'f32'> {
  const width = x.shape.at(-1) ?? 0
  const data = x.data as Float32Array
  const out = floats([rows.length, width])
  rows.forEach((row, k) => out.data.set(data.subarray(row * width, (row + 1) * width), k * width))
  return out
}

/** Zeros of a shape with rows of x [K, width] put in; rows are distinct, since each predicts one token. */
function scatterRows(x: HostTensor, rows: Int32Array, shape: readonly number[]): HostTensor<'f32'> {
  const width = shape.at(-1) ?? 0
  const data = x.data as Float32Array
  const out = floats(shape)
  rows.forEach((row, k) => out.data.set(data.subarray(k * width, (k + 1) * width), row * width))
  return out
}
