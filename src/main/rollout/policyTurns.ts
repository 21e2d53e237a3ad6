import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { RawImage } from '../image/rawImage.ts'
import { encodeUserTurn } from '../model/chatTemplate.ts'
import type { Decoder } from '../model/decoder.ts'
import type { Generated } from '../model/generation.ts'
import { patchify } from '../model/patches.ts'
import type { PatchedImage } from '../model/patches.ts'
import type { Policy } from '../model/policy.ts'
import type { TurnGenerator, TurnRequest, TurnResult } from './turn.ts'

/** A conversation whose keys and values are in the decoder. */
interface Conversation {
  sequence: number
  /** Tokens so far, prompts and responses. */
  tokens: number
}

/** A request with its ids: what to read in, and how much may be written. */
interface Prepared {
  request: TurnRequest
  promptIds: number[]
  images: PatchedImage[]
  /** Tokens the total limit leaves after the prompt. */
  room: number
}

/** Patches kept at most (0.3 MB for a 112 px picture). */
const KEPT_PICTURES = 256

/**
 * Turns written by a policy: one cached sequence per conversation that grows turn by turn, token-in token-out, so that what was
 * sampled is what is read on from. A group's first turns share one prompt; each distinct picture is encoded once. Each
 * conversation draws from its own stream, so what it writes does not depend on the others in the batch but for the rounding of
 * differently batched matrix products. Valid for the weights at its creation.
 */
export class PolicyTurns implements TurnGenerator {
  readonly #policy: Policy
  readonly #decoder: Decoder
  readonly #banned: ReadonlySet<number>
  readonly #stops: ReadonlySet<number>
  readonly #conversations = new Map<number, Conversation>()
  readonly #patches = new Map<string, PatchedImage>()

  constructor(policy: Policy) {
    this.#policy = policy
    this.#decoder = policy.decoder()
    this.#stops = new Set(policy.config.ids.eos)
    this.#banned = new Set(policy.tokenizer.bannedIds(policy.config.text.vocabSize).filter((id) => !this.#stops.has(id)))
  }

  async generate(requests: readonly TurnRequest[], sampling: Sampling): Promise<TurnResult[]> {
    // Runs block the thread; between turns the process must hear its messages.
    await setImmediate()
    const prepared = requests.map((request) => this.#prepare(request, sampling))
    const able = prepared.filter(({ room }) => room > 0)
    await this.#read(able)
    const written = await this.#write(able, sampling)
    return prepared.map((turn) => this.#result(turn, written.get(turn.request.conversation), sampling))
  }

  close(conversation: number): void {
    const open = this.#conversations.get(conversation)
    if (open !== undefined) this.#decoder.close(open.sequence)
    this.#conversations.delete(conversation)
  }

  #prepare(request: TurnRequest, sampling: Sampling): Prepared {
    const { system, text } = request.user
    const images = request.user.images.map((image) => this.#patched(image))
    const known = this.#conversations.get(request.conversation)
    const promptIds = encodeUserTurn(this.#policy.tokenizer, {
      system, text, imageTokens: images.map(({ tokens }) => tokens), first: known === undefined
    })
    return { request, promptIds, images, room: sampling.maxTotalTokens - (known?.tokens ?? 0) - promptIds.length }
  }

  /** Reads the prompts in; conversations that fork another take over its prompt instead. */
  async #read(turns: readonly Prepared[]): Promise<void> {
    const forks = turns.filter(({ request }) => request.forkOf !== undefined && !this.#conversations.has(request.conversation))
    const readers = turns.filter((turn) => !forks.includes(turn))
    for (const { request } of readers) {
      if (!this.#conversations.has(request.conversation)) this.#conversations.set(request.conversation, { sequence: this.#decoder.open(), tokens: 0 })
    }
    await this.#decoder.extend(readers.map(({ request, promptIds, images }) => ({ sequence: this.#at(request).sequence, ids: promptIds, images })))
    for (const { request } of forks) {
      const elder = this.#conversations.get(request.forkOf ?? request.conversation)
      if (elder === undefined) throw new RangeError(`Conversation ${request.forkOf ?? ''} is not open: there is no prompt to share`)
      this.#conversations.set(request.conversation, { sequence: this.#decoder.fork(elder.sequence), tokens: 0 })
    }
    for (const { request, promptIds } of turns) this.#at(request).tokens += promptIds.length
  }

  async #write(turns: readonly Prepared[], { temperature, topK, topP }: Sampling): Promise<Map<number, Generated>> {
    const rule = { temperature, topK, topP, bannedIds: this.#banned, stopIds: this.#stops }
    const results = await this.#decoder.generate(turns.map(({ request, room }) => ({
      sequence: this.#at(request).sequence, seed: request.seed, maxNewTokens: Math.min(request.maxTokens, room)
    })), rule)
    return new Map(turns.map(({ request }, index) => [request.conversation, results[index] as Generated]))
  }

  #result({ request, promptIds, room }: Prepared, written: Generated | undefined, sampling: Sampling): TurnResult {
    if (written === undefined) return { text: '', promptIds, responseIds: [], logProbs: [], entropies: [], ending: 'total_length' }
    const { ids, logProbs, entropies } = written
    this.#at(request).tokens += ids.length
    const stopped = written.ending === 'stop'
    const limit = Math.min(request.maxTokens, room) < sampling.maxTurnTokens ? 'total_length' : 'turn_length'
    const text = this.#policy.tokenizer.decode(stopped ? ids.slice(0, -1) : ids)
    return { text, promptIds, responseIds: ids, logProbs, entropies, ending: stopped ? 'stop' : limit }
  }

  #patched(image: RawImage): PatchedImage {
    const key = createHash('sha256').update(`${image.width} `).update(image.data).digest('base64')
    const known = this.#patches.get(key)
    if (known !== undefined) return known
    const patched = patchify(image, this.#policy.processor)
    this.#patches.set(key, patched)
    const oldest = this.#patches.size > KEPT_PICTURES ? this.#patches.keys().next().value : undefined
    if (oldest !== undefined) this.#patches.delete(oldest)
    return patched
  }

  #at(request: TurnRequest): Conversation {
    const open = this.#conversations.get(request.conversation)
    if (open === undefined) throw new RangeError(`Conversation ${request.conversation} is not open`)
    return open
  }
}
