import type { QuestionType } from '#shared/domain/datasetItem.ts'
import { cameraMotionScore } from './cameraMotion.ts'
import { compare, parseDecimal, rounded } from '#shared/domain/decimal.ts'
import { meanRelativeAccuracy } from './relativeAccuracy.ts'

/**
 * The released evaluation scorer, in 0..1: multiple choice by the first letter whatever its case, `numerical` equal after
 * rounding to two decimals (and only if both or neither have a decimal point or separator), `regression` by mean relative
 * accuracy with `<=`, `vci` by motion pairs. The answer is the text between answer tags, else the whole output. Numbers
 * must be the whole answer. Null for what it does not score.
 */
export function benchmarkScore(output: string, expected: string, type: QuestionType): number | null {
  const answer = (/<answer>([\s\S]*?)<\/answer>/.exec(output)?.[1] ?? output).trim()
  const truth = expected.trim()
  switch (type) {
    case 'multipleChoice': return answer !== '' && answer[0]?.toLowerCase() === truth[0]?.toLowerCase() ? 1 : 0
    case 'numerical': return sameNumber(answer, truth)
    case 'regression': {
      const value = parseDecimal(answer)
      const goal = parseDecimal(truth)
      if (!goal) return null
      return value ? meanRelativeAccuracy(value, goal, true) : 0
    }
    case 'vci': return cameraMotionScore(answer, truth)
    case 'freeForm': return null
    default: return type satisfies never
  }
}

function sameNumber(answer: string, truth: string): number {
  const pointed = (text: string): boolean => /[.,]/.test(text)
  const value = parseDecimal(answer)
  const goal = parseDecimal(truth)
  if (!value || !goal || pointed(answer) !== pointed(truth)) return 0
  return compare(rounded(value, 2), rounded(goal, 2)) === 0 ? 1 : 0
}
