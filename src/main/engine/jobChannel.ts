import type { Hold } from '#shared/domain/hold.ts'
import type { EngineEvent } from './protocol.ts'

/** What a job is given besides its request. */
export interface JobChannel {
  emit(event: EngineEvent): void
  /** Raised by a stop: training ends after the step in hand, rollouts between turns. */
  stop: AbortSignal
  /** Raised by a pause; left out where nobody can pause. */
  hold?: Hold
  /** Resolves when everything emitted is stored; left out where nobody stores. */
  stored?(): Promise<void>
}

/** How a job ends; failures are thrown. */
export type JobEnding = Extract<EngineEvent, { kind: 'finished' | 'stopped' }>
