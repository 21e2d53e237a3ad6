import { SightlineError } from '#shared/domain/errors.ts'
import type { Random } from '#shared/domain/random.ts'
import type { SequenceCache } from './keyValueCache.ts'
import { sampleToken, type SamplingRule } from './sampler.ts'

/** One sequence of a decoder between runs. */
export interface Sequence {
  readonly cache: SequenceCache
  /** Rotary position of the next token. */
  next: number
  /** Drawn but not yet in the cache: the last id of a turn. */
  pending: number[]
  /** [vocabulary] for the token after the cache's last one. */
  logits: Float32Array | null
}

export interface GenerateRequest {
  readonly sequence: number
  /** The sequence's own stream: its draws do not depend on what else is in the batch. */
  readonly random: Random
  readonly maxNewTokens: number
}

export interface GenerateRule extends SamplingRule {
  readonly stopIds: ReadonlySet<number>
}

export interface Generated {
  readonly ids: number[]
  /** Log p of each id under the full softmax at temperature 1, and that softmax's entropy, in nats. */
  readonly logProbs: number[]
  readonly entropies: number[]
  /** `stop`: the last id is a stop id; `length`: maxNewTokens were drawn. */
  readonly ending: 'stop' | 'length'
}

/** Draws the tokens of one generation. */
export class Writer {
  readonly sequence: Sequence
  readonly #request: GenerateRequest
  readonly #rule: GenerateRule
  readonly #result: Generated = { ids: [], logProbs: [], entropies: [], ending: 'length' }
  #stopped = false

  constructor(request: GenerateRequest, sequence: Sequence, rule: GenerateRule) {
    this.#request = request
    this.sequence = sequence
    this.#rule = rule
  }

  /** Draws the next token; whether another is to follow. Throws `bad_input` when nothing was read in before. */
  draw(): boolean {
    const { ids, logProbs, entropies } = this.#result
    if (ids.length >= this.#request.maxNewTokens) return false
    if (!this.sequence.logits) throw new SightlineError('bad_input', `sequence ${this.#request.sequence} holds no tokens to go on from`)
    const token = sampleToken(this.sequence.logits, this.#rule, this.#request.random)
    ids.push(token.id)
    logProbs.push(token.logProb)
    entropies.push(token.entropy)
    this.sequence.pending = [token.id]
    this.#stopped = this.#rule.stopIds.has(token.id)
    return !this.#stopped && ids.length < this.#request.maxNewTokens
  }

  result(): Generated {
    return { ...this.#result, ending: this.#stopped ? 'stop' : 'length' }
  }
}
