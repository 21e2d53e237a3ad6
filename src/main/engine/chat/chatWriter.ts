import { setImmediate } from 'node:timers/promises'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import type { Decoder } from '../../model/decoder.ts'
import type { Generated } from '../../model/generation.ts'
import type { Policy } from '../../model/policy.ts'
import type { Pictures } from '../../train/pictures.ts'
import { encodeDialogue } from './encodeDialogue.ts'
import type { ChatCompletion, ChatEvent, ChatToken } from './protocol.ts'
import { StopText } from './stopText.ts'

/** Tokens each choice writes before new requests are let in and text is sent. */
const TOKENS_AT_ONCE = 8

/** One answer under way. */
interface Choice {
  readonly id: number
  readonly number: number
  readonly completion: ChatCompletion
  readonly sequence: number
  readonly seed: number
  readonly text: StopText
  readonly characters: ReturnType<Policy['tokenizer']['decodeStream']>
  /** Tokens it may still draw. */
  room: number
  drawn: number
}

type Waiting = { readonly id: number; readonly completion: ChatCompletion }

/**
 * Answers many dialogues at once with one policy: all of them write a few tokens, then new ones join and finished ones leave. What a
 * request is answered does not depend on how it is sent (in pieces or whole); on its neighbours only through the rounding of batched products.
 */
export class ChatWriter {
  readonly #policy: Policy
  readonly #pictures: Pictures
  readonly #emit: (event: ChatEvent) => void
  readonly #decoder: Decoder
  readonly #stopIds: ReadonlySet<number>
  readonly #bannedIds: ReadonlySet<number>
  #waiting: Waiting[] = []
  #writing: Choice[] = []
  readonly #aborted = new Set<number>()
  #running = false

  constructor(policy: Policy, pictures: Pictures, emit: (event: ChatEvent) => void) {
    this.#policy = policy
    this.#pictures = pictures
    this.#emit = emit
    this.#decoder = policy.decoder()
    const { config, tokenizer } = policy
    this.#stopIds = new Set(config.ids.eos)
    this.#bannedIds = new Set(tokenizer.bannedIds(config.text.vocabSize).filter((id) => !this.#stopIds.has(id)))
  }

  /** Takes a request; everything about it is told by events. Resolves when nothing is left to write. */
  async add(id: number, completion: ChatCompletion): Promise<void> {
    this.#waiting.push({ id, completion })
    if (this.#running) return
    this.#running = true
    while (this.#waiting.length > 0 || this.#writing.length > 0) {
      // Runs block the thread; between them the process must hear its messages.
      await setImmediate()
      this.#dropAborted()
      for (const request of this.#waiting.splice(0)) await this.#orRefuse([request.id], () => this.#read(request))
      for (const group of this.#groups()) await this.#orRefuse(group.map((choice) => choice.id), () => this.#write(group))
    }
    this.#running = false
  }

  /** Forgets a request before its next tokens; unknown ids are ignored. */
  abort(id: number): void {
    this.#aborted.add(id)
  }

  #dropAborted(): void {
    for (const choice of this.#writing) if (this.#aborted.has(choice.id)) this.#decoder.close(choice.sequence)
    this.#writing = this.#writing.filter((choice) => !this.#aborted.has(choice.id))
    this.#waiting = this.#waiting.filter((request) => !this.#aborted.has(request.id))
    this.#aborted.clear()
  }

  async #orRefuse(ids: readonly number[], work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof SightlineError)) throw error
      for (const id of new Set(ids)) {
        this.abort(id)
        this.#emit({ kind: 'refused', id, error: error.toRecord() })
      }
    }
  }

  async #read({ id, completion }: Waiting): Promise<void> {
    const { ids, images } = await encodeDialogue(this.#policy, this.#pictures, completion.dialogue)
    const context = this.#policy.config.text.maxPositions
    if (ids.length >= context) {
      throw new SightlineError('bad_input', `The dialogue has ${ids.length} tokens, the model reads at most ${context - 1}`, { where: 'messages', advice: 'Shorten it, or use smaller or fewer pictures' })
    }
    const first = this.#decoder.open()
    await this.#decoder.extend([{ sequence: first, ids, images }])
    const room = Math.min(completion.maxTokens ?? Infinity, context - ids.length)
    for (let number = 0; number < completion.choices; number++) {
      this.#writing.push({
        id, number, completion, room, drawn: 0, sequence: number === 0 ? first : this.#decoder.fork(first),
        seed: number === 0 ? completion.seed : Random.seeded(completion.seed, `choice ${number}`).uint32(),
        text: new StopText(completion.stop), characters: this.#policy.tokenizer.decodeStream()
      })
    }
    this.#emit({ kind: 'read', id, promptTokens: ids.length })
  }

  /** The choices under way by how they draw: a run of the decoder has one rule. */
  #groups(): Choice[][] {
    const groups = Map.groupBy(this.#writing, ({ completion: { temperature, topP, topK } }) => `${temperature} ${topP} ${topK}`)
    return [...groups.values()]
  }

  async #write(choices: readonly Choice[]): Promise<void> {
    const first = choices[0]
    if (first === undefined) return
    const { temperature, topP, topK } = first.completion
    const written = await this.#decoder.generate(choices.map(({ sequence, seed, room }) => (
      { sequence, seed, maxNewTokens: Math.min(TOKENS_AT_ONCE, room) })), { temperature, topP, topK, stopIds: this.#stopIds, bannedIds: this.#bannedIds })
    const done = new Set(choices.filter((choice, place) => this.#take(choice, written[place] as Generated)))
    for (const { sequence } of done) this.#decoder.close(sequence)
    this.#writing = this.#writing.filter((choice) => !done.has(choice))
  }

  /** Tells what a choice has written; whether it ends with that. */
  #take(choice: Choice, { ids, logProbs }: Generated): boolean {
    const tokens: ChatToken[] = []
    let shown = ''
    let reason: 'stop' | 'length' | null = null
    for (const [place, token] of ids.entries()) {
      choice.drawn++
      choice.room--
      if (this.#stopIds.has(token)) reason = 'stop'
      if (reason !== null) break
      const text = choice.characters.push(token)
      tokens.push({ text, bytes: [...(this.#policy.tokenizer.bytesOf(token) ?? [])], logProb: logProbs[place] ?? 0 })
      const passed = choice.text.push(text)
      shown += passed.text
      if (passed.stopped) {
        this.#tell(choice, shown, tokens, 'stop')
        return true
      }
    }
    if (reason === null && choice.room <= 0) reason = 'length'
    if (reason !== null) shown += choice.text.push(choice.characters.end()).text + choice.text.end()
    this.#tell(choice, shown, tokens, reason)
    return reason !== null
  }

  #tell({ id, number: choice, drawn }: Choice, text: string, tokens: ChatToken[], reason: 'stop' | 'length' | null): void {
    if (text !== '' || tokens.length > 0) this.#emit({ kind: 'piece', id, choice, text, tokens })
    if (reason !== null) this.#emit({ kind: 'end', id, choice, reason, completionTokens: drawn })
  }
}
