import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { RawImage } from '../image/rawImage.ts'
import { encodeAssistantTurn, encodeUserTurn } from '../model/chatTemplate.ts'
import type { Decoder, SequenceMark, Writing } from '../model/decoder.ts'
import type { Generated, GenerateRequest, GenerateRule } from '../model/generation.ts'
import { patchify } from '../model/patches.ts'
import type { PatchedImage } from '../model/patches.ts'
import type { Policy } from '../model/policy.ts'
import type { PastTurn, TurnGenerator, TurnRequest, TurnResult, UserTurn } from './turn.ts'

/** A conversation whose keys and values are in the decoder. */
interface Conversation {
  readonly sequence: number
  /** What it began with. */
  readonly opening: string
  /** Tokens so far, prompts and responses. */
  tokens: number
  /** Whether its last turn ended at a stop text, without the id that closes a turn. */
  unclosed: boolean
}

/** A first prompt that was read in: conversations that begin with the same go on from there while one of them is open. */
interface Opening {
  sequence: number
  mark: SequenceMark | null
}

/** A turn that was asked for. */
interface Turn {
  readonly request: TurnRequest
  readonly sampling: Sampling
  readonly promptIds: readonly number[]
  /** What is read in before the response: the turns of a continued path, then the prompt. */
  readonly fedIds: readonly number[]
  readonly images: readonly PatchedImage[]
  /** Pictures and ids of the prompt in one text. */
  readonly opening: string
  /** Turns of the same rule are written in one batch. */
  readonly ruleKey: string
  /** Tokens the total limit leaves after the prompt. */
  readonly room: number
  readonly resolve: (result: TurnResult) => void
  readonly reject: (reason: unknown) => void
}

interface PatchedPicture {
  readonly key: string
  readonly patched: PatchedImage
}

/** Patches kept at most (0.3 MB for a 112 px picture). */
const KEPT_PICTURES = 256

/**
 * Turns written by a policy: one cached sequence per conversation that grows turn by turn, token-in token-out, so that what was
 * sampled is what is read on from. Turns that are asked for while others are written join their batch between two runs, and leave it as
 * they end. Conversations that begin alike share one prompt; each distinct picture is encoded once. Each conversation draws from its own
 * stream, so what it writes does not depend on the others in the batch but for the rounding of differently batched matrix products.
 * Valid for the weights at its creation.
 */
export class PolicyTurns implements TurnGenerator {
  readonly #policy: Policy
  readonly #decoder: Decoder
  readonly #banned: ReadonlySet<number>
  readonly #stops: ReadonlySet<number>
  readonly #conversations = new Map<number, Conversation>()
  readonly #openings = new Map<string, Opening>()
  readonly #pictures = new Map<string, PatchedPicture>()
  #waiting: Turn[] = []
  readonly #writing = new Map<GenerateRequest, Turn>()
  #busy = false

  constructor(policy: Policy) {
    this.#policy = policy
    this.#decoder = policy.decoder()
    this.#stops = new Set(policy.config.ids.eos)
    this.#banned = new Set(policy.tokenizer.bannedIds(policy.config.text.vocabSize).filter((id) => !this.#stops.has(id)))
  }

  async generate(requests: readonly TurnRequest[], sampling: Sampling): Promise<TurnResult[]> {
    const results = requests.map((request) => new Promise<TurnResult>((resolve, reject) => {
      this.#waiting.push({ ...this.#prepare(request, sampling), resolve, reject })
    }))
    if (!this.#busy) void this.#writeAll()
    // All are waited for, so that none is left under way when one fails.
    const settled = await Promise.allSettled(results)
    return settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  close(conversation: number): void {
    const open = this.#conversations.get(conversation)
    if (open === undefined) return
    this.#conversations.delete(conversation)
    this.#decoder.close(open.sequence)
    const opening = this.#openings.get(open.opening)
    if (opening?.sequence !== open.sequence) return
    const heir = [...this.#conversations.values()].find((other) => other.opening === open.opening)
    if (heir) opening.sequence = heir.sequence
    else this.#openings.delete(open.opening)
  }

  #prepare(request: TurnRequest, sampling: Sampling): Omit<Turn, 'resolve' | 'reject'> {
    const known = this.#conversations.get(request.conversation)
    const past = known === undefined ? request.past ?? [] : []
    const pictures = [...past.map(({ user }) => user), request.user].flatMap(({ images }) => images.map((image) => this.#patched(image)))
    const images = pictures.map(({ patched }) => patched)
    const pastIds = past.flatMap((turn, index) => this.#pastIds(turn, index === 0))
    const ids = this.#promptIds(request.user, known === undefined && past.length === 0)
    const closes = known?.unclosed ?? (pastIds.length > 0 && !this.#stops.has(pastIds.at(-1) as number))
    const promptIds = closes ? [this.#policy.tokenizer.special.imEnd, ...ids] : ids
    const fedIds = [...pastIds, ...promptIds]
    const { temperature, topK, topP } = sampling
    return {
      request, sampling, promptIds, fedIds, images, opening: [...pictures.map(({ key }) => key), ...fedIds].join(),
      ruleKey: JSON.stringify([temperature, topK, topP, request.stopTexts ?? []]), room: sampling.maxTotalTokens - (known?.tokens ?? 0) - fedIds.length
    }
  }

  #promptIds({ system, text, images }: UserTurn, first: boolean): number[] {
    return encodeUserTurn(this.#policy.tokenizer, { system, text, imageTokens: images.map((image) => this.#patched(image).patched.tokens), first })
  }

  #pastIds({ user, text, tokens }: PastTurn, first: boolean): number[] {
    if (tokens !== null) return [...tokens.promptIds, ...tokens.responseIds]
    return [...this.#promptIds(user, first), ...encodeAssistantTurn(this.#policy.tokenizer, text)]
  }

  async #writeAll(): Promise<void> {
    this.#busy = true
    try {
      for (let [first] = this.#waiting; first; [first] = this.#waiting) await this.#writeLike(first)
    } catch (error) {
      for (const turn of [...this.#waiting.splice(0), ...this.#writing.values()]) turn.reject(error)
      this.#writing.clear()
      // Some may hold nothing yet.
      this.#openings.clear()
    } finally {
      this.#busy = false
    }
  }

  /** Writes the turns of one rule until none is left. */
  async #writeLike({ ruleKey, request, sampling: { temperature, topK, topP } }: Turn): Promise<void> {
    const decode = (ids: readonly number[]): string => this.#policy.tokenizer.decode(ids)
    const rule: GenerateRule = {
      temperature, topK, topP, bannedIds: this.#banned, stopIds: this.#stops, ...(request.stopTexts ? { stopTexts: { texts: request.stopTexts, decode } } : {})
    }
    const writing = this.#decoder.writing(rule)
    for (;;) {
      // Runs block the thread; between them the process must hear its messages, and paths ask for their next turns.
      await setImmediate()
      const coming = this.#waiting.filter((turn) => turn.ruleKey === ruleKey)
      this.#waiting = this.#waiting.filter((turn) => turn.ruleKey !== ruleKey)
      await this.#enter(coming, writing)
      if (writing.size === 0) return
      for (const { request: ended, generated } of await writing.run()) {
        const turn = this.#writing.get(ended) as Turn
        this.#writing.delete(ended)
        turn.resolve(this.#result(turn, generated))
      }
    }
  }

  /** Reads prompts in and puts their turns into the batch. */
  async #enter(turns: readonly Turn[], writing: Writing): Promise<void> {
    for (const turn of turns.filter(({ room }) => room <= 0)) {
      turn.resolve({ text: '', promptIds: [...turn.promptIds], responseIds: [], logProbs: [], entropies: [], ending: 'total_length' })
    }
    const able = turns.filter(({ room }) => room > 0)
    await this.#read(able)
    const requests = able.map((turn): GenerateRequest => {
      const { sequence } = this.#at(turn.request)
      const request = { sequence, seed: turn.request.seed, maxNewTokens: Math.min(turn.request.maxTokens, turn.room) }
      this.#writing.set(request, turn)
      return request
    })
    await writing.enter(requests)
  }

  /** Reads the prompts in; conversations that begin as another did take over its prompt instead. */
  async #read(turns: readonly Turn[]): Promise<void> {
    const forks: Turn[] = []
    const readers = turns.filter((turn) => {
      if (this.#conversations.has(turn.request.conversation)) return true
      if (this.#openings.has(turn.opening)) {
        forks.push(turn)
        return false
      }
      this.#openings.set(turn.opening, { sequence: this.#open(turn, this.#decoder.open()), mark: null })
      return true
    })
    await this.#decoder.extend(readers.map(({ request, fedIds, images }) => ({ sequence: this.#at(request).sequence, ids: fedIds, images })))
    for (const opening of this.#openings.values()) opening.mark ??= this.#decoder.mark(opening.sequence)
    for (const turn of forks) {
      const { sequence, mark } = this.#openings.get(turn.opening) as Opening
      this.#open(turn, this.#decoder.fork(sequence, mark))
    }
    for (const { request, fedIds } of turns) this.#at(request).tokens += fedIds.length
  }

  #open({ request, opening }: Turn, sequence: number): number {
    this.#conversations.set(request.conversation, { sequence, opening, tokens: 0, unclosed: false })
    return sequence
  }

  #result({ request, promptIds, room, sampling }: Turn, { ids, logProbs, entropies, ending }: Generated): TurnResult {
    const conversation = this.#at(request)
    conversation.tokens += ids.length
    conversation.unclosed = ending === 'text'
    const text = this.#policy.tokenizer.decode(ending === 'stop' ? ids.slice(0, -1) : ids)
    const limit = Math.min(request.maxTokens, room) < sampling.maxTurnTokens ? 'total_length' : 'turn_length'
    return {
      text, promptIds: [...promptIds], responseIds: ids, logProbs, entropies, ending: ending === 'stop' ? 'stop' : ending === 'text' ? 'stop_text' : limit
    }
  }

  #patched(image: RawImage): PatchedPicture {
    const key = createHash('sha256').update(`${image.width} `).update(image.data).digest('base64')
    const known = this.#pictures.get(key)
    if (known !== undefined) return known
    const made = { key, patched: patchify(image, this.#policy.processor) }
    this.#pictures.set(key, made)
    const oldest = this.#pictures.size > KEPT_PICTURES ? this.#pictures.keys().next().value : undefined
    if (oldest !== undefined) this.#pictures.delete(oldest)
    return made
  }

  #at(request: TurnRequest): Conversation {
    const open = this.#conversations.get(request.conversation)
    if (open === undefined) throw new RangeError(`Conversation ${request.conversation} is not open`)
    return open
  }
}
