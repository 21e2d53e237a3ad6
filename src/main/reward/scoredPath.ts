import type { Observation, Step } from '#shared/domain/trajectory.ts'

/** What scoring reads of a turn; stored steps and drafts alike have it. */
export type ScoredStep = Pick<Step, 'text' | 'action' | 'problems'> & {
  readonly observations: readonly Pick<Observation, 'sourceIndex' | 'newIndex'>[]
  readonly tokens: Step['tokens']
}

/** What scoring reads of a path. */
export interface ScoredPath {
  readonly steps: readonly ScoredStep[]
  readonly answer: string | null
}
