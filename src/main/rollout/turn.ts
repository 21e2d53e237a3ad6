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

export interface TurnRequest {
  /** Chosen by the caller; all turns of one path carry the same number. */
  readonly conversation: number
  readonly user: UserTurn
  readonly seed: number
  readonly maxTokens: number
  /** First turn only: the conversation that was given the very same turn, so that its prompt can be shared. */
  readonly forkOf?: number
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
  readonly ending: 'stop' | 'turn_length' | 'total_length'
}

/** Whatever writes assistant turns: a policy of ours, a scripted teacher, an outside endpoint. */
export interface TurnGenerator {
  /** Results in the order of the requests. */
  generate(requests: readonly TurnRequest[], sampling: Sampling): Promise<TurnResult[]>
  /** Forget a conversation (its cache); unknown numbers are ignored. */
  close(conversation: number): void
}
