import type { Sampling } from '#shared/domain/trajectory.ts'
import type { RawImage } from '../image/rawImage.ts'

/** What the model is shown next. */
export interface UserTurn {
  /** First turn only; null: no system turn. */
  readonly system: string | null
  /** With one `<image>` marker per picture, in order. */
  readonly text: string
  /** Already at model size. */
  readonly images: readonly RawImage[]
}

/** A turn of a path that is being continued: what was shown, and what was written in answer. */
export interface PastTurn {
  readonly user: UserTurn
  readonly text: string
  /** The ids of both, where a model sampled the turn; else they are encoded as training encodes them. */
  readonly tokens: { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] } | null
}

export interface TurnRequest {
  /** Chosen by the caller; all turns of one path carry the same number. */
  readonly conversation: number
  readonly user: UserTurn
  /** First request of a conversation only: the turns before this one, to be read in and not written. */
  readonly past?: readonly PastTurn[]
  readonly seed: number
  readonly maxTokens: number
  /** The turn ends where one of these appears, that text included; an outside endpoint writes on to its own end. */
  readonly stopTexts?: readonly string[]
}

export interface TurnResult {
  readonly text: string
  /** Ids fed before the response, picture placeholders included. */
  readonly promptIds: number[]
  readonly responseIds: number[]
  /** Natural-log probabilities at temperature 1; same length as responseIds. */
  readonly logProbs: number[]
  /** Entropies in nats; same length as responseIds. */
  readonly entropies: number[]
  /** `stop`: the model closed the turn; `stop_text`: it wrote a stop text. */
  readonly ending: 'stop' | 'stop_text' | 'turn_length' | 'total_length'
}

/** Whatever writes assistant turns: a policy of ours, a scripted teacher, an outside endpoint. */
export interface TurnGenerator {
  /** Results in the order of the requests. May be called again before it has returned: turns asked for meanwhile are written side by side. */
  generate(requests: readonly TurnRequest[], sampling: Sampling): Promise<TurnResult[]>
  /** Forget a conversation (its cache); unknown numbers are ignored. */
  close(conversation: number): void
}
