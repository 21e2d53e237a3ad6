import { SightlineError } from '#shared/domain/errors.ts'
import { sampleToken, type SampledToken, type SamplingRule } from './sampler.ts'

/** Keys and values of one sequence, wherever they are. */
export interface SequenceKeys {
  /** Tokens read in. */
  readonly length: number
  /** One of its own with the first `length` tokens; default: all. */
  copy(length?: number): SequenceKeys
  /** Gives the memory back. */
  release(): void
}

/** One sequence of a decoder between runs. */
export interface Sequence<Keys extends SequenceKeys = SequenceKeys> {
  readonly cache: Keys
  /** Rotary position of the next token. */
  next: number
  /** Drawn but not yet in the cache: the last id of a turn. */
  pending: number[]
  /** [vocabulary] for the token after the sequence's last one; null while that one is pending. */
  logits: Float32Array | null
}

export interface GenerateRequest {
  readonly sequence: number
  /** Stream of the sequence's own noise (gumbel.ts): its draws do not depend on what else is in the batch. */
  readonly seed: number
  readonly maxNewTokens: number
}

/** Ends a turn where a text appears. */
export interface StopTexts {
  readonly texts: readonly string[]
  readonly decode: (ids: readonly number[]) => string
}

export interface GenerateRule extends SamplingRule {
  readonly stopIds: ReadonlySet<number>
  readonly stopTexts?: StopTexts
}

export interface Generated {
  readonly ids: number[]
  /** Log p of each id under the full softmax at temperature 1, and that softmax's entropy, in nats. */
  readonly logProbs: number[]
  readonly entropies: number[]
  /** `stop`: the last id is a stop id; `text`: it completes a stop text; `length`: maxNewTokens were drawn. */
  readonly ending: 'stop' | 'text' | 'length'
}

/** Collects the tokens of one generation and knows when it ends. */
export class Writer<Keys extends SequenceKeys = SequenceKeys> {
  readonly sequence: Sequence<Keys>
  readonly request: GenerateRequest
  readonly #rule: GenerateRule
  readonly #result: Generated = { ids: [], logProbs: [], entropies: [], ending: 'length' }
  /** Tokens before the first one drawn. */
  readonly #start: number
  #ending: Generated['ending'] | null = null

  /** Throws `bad_input` when nothing was read in before. */
  constructor(request: GenerateRequest, sequence: Sequence<Keys>, rule: GenerateRule) {
    if (!sequence.logits) throw new SightlineError('bad_input', `sequence ${request.sequence} holds no tokens to go on from`)
    this.request = request
    this.sequence = sequence
    this.#rule = rule
    this.#start = sequence.cache.length
    if (request.maxNewTokens <= 0) this.#ending = 'length'
  }

  get ended(): boolean {
    return this.#ending !== null
  }

  /** Tokens it may still draw. */
  get remaining(): number {
    return this.request.maxNewTokens - this.#result.ids.length
  }

  /** Place in the sequence of the next token to draw: what its noise is keyed by. */
  get position(): number {
    return this.#start + this.#result.ids.length
  }

  /** Draws the next token from the sequence's logits. */
  draw(): void {
    const { logits } = this.sequence
    if (logits) this.take(sampleToken(logits, this.#rule, { seed: this.request.seed, position: this.position }))
  }

  /** Takes over a drawn token. */
  take({ id, logProb, entropy }: SampledToken): void {
    const { ids, logProbs, entropies } = this.#result
    ids.push(id)
    logProbs.push(logProb)
    entropies.push(entropy)
    this.sequence.pending = [id]
    this.sequence.logits = null
    if (this.#rule.stopIds.has(id)) this.#ending = 'stop'
    else if (this.#rule.stopTexts && completesText(ids, this.#rule.stopTexts)) this.#ending = 'text'
    else if (this.remaining <= 0) this.#ending = 'length'
  }

  result(): Generated {
    return { ...this.#result, ending: this.#ending ?? 'length' }
  }
}

/** Whether a text stands in the last ids. A byte-level token holds at least one byte, so no text spans more ids than it has bytes. */
function completesText(ids: readonly number[], { texts, decode }: StopTexts): boolean {
  const longest = Math.max(0, ...texts.map((text) => Buffer.byteLength(text)))
  const tail = decode(ids.slice(-longest - 1))
  return longest > 0 && texts.some((text) => tail.includes(text))
}
