import type { Behaviour } from './reward.ts'
import type { Step } from './trajectory.ts'

/** Counts of a path: turns, boxes and lines it drew, tokens the model wrote (0 for paths no model of ours wrote). */
export function behaviourOf(path: { readonly steps: readonly Pick<Step, 'action' | 'tokens'>[] }): Behaviour {
  const operations = path.steps.flatMap(({ action }) => (action.kind === 'draw' ? action.ops : []))
  const boxes = operations.filter(({ kind }) => kind === 'box').length
  return {
    steps: path.steps.length,
    boxes,
    lines: operations.length - boxes,
    responseTokens: path.steps.reduce((sum, { tokens }) => sum + (tokens?.responseIds.length ?? 0), 0)
  }
}
