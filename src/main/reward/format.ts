import type { ScoredPath, ScoredStep } from './scoredPath.ts'

/** What a turn must look like: thought and action (drawing paths), or one of the baselines' forms; `free` asks nothing. */
export type TurnShape = 'action' | 'think' | 'observe' | 'free'

const SHAPES: Readonly<Record<TurnShape, RegExp>> = {
  action: /^\s*<think>[\s\S]*?<\/think>\s*Action:\s*\S/,
  think: /^\s*<think>[\s\S]*?<\/think>\s*<answer>[\s\S]*<\/answer>\s*$/,
  observe: /^\s*<observe>[\s\S]*?<\/observe>\s*<answer>[\s\S]*<\/answer>\s*$/,
  free: /^/
}

const ANSWER = /<answer>[\s\S]*?<\/answer>/

/**
 * S_format, 0 or 1: every turn has its shape, only the last has an answer, every fenced block parses and every object is a
 * box or a line (METHOD.md section 2). `free` earns nothing, by definition of that baseline.
 */
export function formatScore(path: ScoredPath, shape: TurnShape = 'action'): number {
  return shape === 'free' || path.steps.length === 0 || malformedSteps(path, shape).length > 0 ? 0 : 1
}

/** The turns (0-based) that keep S_format from 1; none where nothing is asked. @param answers whether the last turn is to answer */
export function malformedSteps({ steps }: Pick<ScoredPath, 'steps'>, shape: TurnShape = 'action', answers = true): number[] {
  if (shape === 'free') return []
  const answering = answers ? steps.length - 1 : -1
  return steps.flatMap((step, position) => wellFormed(step, SHAPES[shape]) && ANSWER.test(step.text) === (position === answering) ? [] : [position])
}

function wellFormed(step: ScoredStep, shape: RegExp): boolean {
  return shape.test(step.text) && !step.problems.some(({ kind }) => kind === 'unparsed_block' || kind === 'unknown_operation')
}
