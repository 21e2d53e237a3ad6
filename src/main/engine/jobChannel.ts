import type { EngineEvent } from './protocol.ts'

/** What a job is given besides its request. */
export interface JobChannel {
  emit(event: EngineEvent): void
  stopRequested(): boolean
}

/** How a job ends; failures are thrown. */
export type JobEnding = Extract<EngineEvent, { kind: 'finished' | 'stopped' }>
