import { SightlineError } from '#shared/domain/errors.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'
import type { SequenceBatch } from '../sequenceFeeds.ts'
import { type Block, decoderBlocks, FINAL_NORM, towerBlocks } from './block.ts'
import { type BlockwiseModel, BlockRunner, type MaskMakers } from './blockRunner.ts'
import { embedBatch, featureGradient } from './embedding.ts'
import { type HeadScores, LanguageHead } from './languageHead.ts'
import { VocabularyTable } from './vocabularyTable.ts'

/** Gradients of the targets' log-probabilities [K] from these. */
export type ScoreGradient = (scores: HeadScores) => Promise<Float32Array>

/** What enters a block, kept for the backward pass. */
interface Kept {
  readonly block: Block
  readonly x: HostTensor
}

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

  constructor(model: BlockwiseModel) {
    const table = (name: string): VocabularyTable => new VocabularyTable(model.weights.get(name) as HostTensor)
    this.#model = model
    this.#runner = new BlockRunner(model)
    this.#embedding = table('model.embed_tokens.weight')
    this.#head = new LanguageHead(this.#runner.sessions, model.config.text.tied ? this.#embedding : table('lm_head.weight'))
  }

  /** Log-probabilities and entropies of a batch's targets. Throws `unsupported` for an adapter on the head. */
  async score(batch: SequenceBatch): Promise<HeadScores> {
    return (await this.#forward(batch, null, false)).scores
  }

  /** `score` with dropout, and the gradient of every adapter tensor by name. */
  async gradients(batch: SequenceBatch, masks: MaskMakers, gradientOf: ScoreGradient): Promise<{ scores: HeadScores; gradients: Map<string, HostTensor> }> {
    const pass = await this.#forward(batch, masks, true)
    const { scores, normal, selected, decoder, tower } = pass
    const dNormal = await this.#head.backward(normal, targetsOf(batch), scores, await gradientOf(scores))
    const { dx: dSelected } = await this.#runner.backward(FINAL_NORM, selected, dNormal, batch.feeds, null, true)
    const gradients = new Map<string, HostTensor>()
    const shape = (decoder[0] as Kept).x.shape
    const dEmbedded = await this.#walkBack(decoder, scatterRows(dSelected as HostTensor, predicting(batch), shape), batch, masks, gradients, tower.length > 0)
    if (tower.length > 0) await this.#walkBack(tower, featureGradient(batch, dEmbedded as HostTensor), batch, masks, gradients, false)
    return { scores, gradients }
  }

  /** Whether a session holds more than making it again costs. */
  get large(): boolean {
    return this.#runner.large
  }

  /** Logits [K, vocabulary] of the rows that predict a batch's targets, for comparison of few rows. */
  async logits(batch: SequenceBatch): Promise<Float32Array> {
    return await this.#head.logits((await this.#forward(batch, null, false)).normal)
  }

  /** Frees sessions and buffers; the next run makes them again. */
  async close(): Promise<void> {
    this.#head.close()
    await this.#runner.close()
  }

  async #forward(batch: SequenceBatch, masks: MaskMakers | null, keep: boolean): Promise<ForwardPass> {
    if (this.#model.adapter?.scales.has('lm_head')) {
      throw new SightlineError('unsupported', 'an adapter on the head, block by block', { advice: 'leave lm_head out of the adapted layers, or merge the adapter' })
    }
    const [tower, decoder]: [Kept[], Kept[]] = [[], []]
    const [towerOrder, decoderOrder] = [towerBlocks(this.#model.config.vision), decoderBlocks(this.#model.config.text)]
    const towerKept = this.#fromFirstAdapted(towerOrder)
    const decoderKept = towerKept.length > 0 ? decoderOrder : this.#fromFirstAdapted(decoderOrder)
    const run = async (blocks: readonly Block[], from: HostTensor | null, kept: Kept[], wanted: readonly Block[]): Promise<HostTensor> => {
      let x = from
      for (const block of blocks) {
        if (keep && x && wanted.includes(block)) kept.push({ block, x })
        x = await this.#runner.forward(block, x, batch.feeds, masks)
      }
      return x as HostTensor
    }
    const features = await run(towerOrder, null, tower, towerKept)
    const embedded = embedBatch(batch, this.#embedding, features)
    const hidden = await run(decoderOrder, embedded, decoder, decoderKept)
    const selected = gatherRows(hidden, predicting(batch))
    const normal = await this.#runner.forward(FINAL_NORM, selected, batch.feeds, null)
    return { tower, decoder, selected, normal, scores: await this.#head.forward(normal, targetsOf(batch)) }
  }

  /** Back through the kept blocks, last to first, each input forgotten once used; the gradient of the first one's input where wanted. */
  async #walkBack(kept: Kept[], from: HostTensor, batch: SequenceBatch, masks: MaskMakers, into: Map<string, HostTensor>, wantFirst: boolean): Promise<HostTensor | null> {
    let dy: HostTensor | null = from
    for (let last = kept.pop(); last && dy; last = kept.pop()) {
      const { dx, adapters } = await this.#runner.backward(last.block, last.x, dy, batch.feeds, masks, wantFirst || kept.length > 0)
      for (const [name, gradient] of adapters) into.set(name, gradient)
      dy = dx
    }
    return dy
  }

  /** The blocks from the first with an adapter on. */
  #fromFirstAdapted(blocks: readonly Block[]): readonly Block[] {
    const first = blocks.findIndex((block) => this.#runner.adapters(block).length > 0)
    return first < 0 ? [] : blocks.slice(first)
  }
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
