import type { EngineEvent } from './protocol.ts'

/** What a job is given besides its request. */
export interface JobChannel {
  emit(event: EngineEvent): void
  /** Raised by a stop: training ends after the step in hand, rollouts between turns. */
  stop: AbortSignal
}

/** How a job ends; failures are thrown. */
export type JobEnding = Extract<EngineEvent, { kind: 'finished' | 'stopped' }>
