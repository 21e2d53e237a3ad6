import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Random } from '#shared/domain/random.ts'
import { scoreAnswer } from '../reward/answer.ts'
import { firstNumber } from '#shared/domain/decimal.ts'

type Answered = Pick<DatasetItem, 'questionType' | 'answer' | 'options'>

/** Factors and, for whole numbers, distances at which another number is looked for; only what scores nothing is taken. */
const FACTORS = [0.2, 0.5, 1.5, 2, 3]
const DISTANCES = [-3, -2, -1, 1, 2, 3]

/**
 * Up to `count` wrong answers in the form of the right one, in a random order: other options, numbers so far off that their relative
 * accuracy is 0, camera motions turned round. Empty where no wrong answer can be made (free-form answers).
 */
export function alteredAnswers(item: Answered, count: number, random: Random): string[] {
  const wrong = [...new Set(candidates(item))].filter((text) => isWrong(item, text))
  return random.shuffled(wrong).slice(0, count)
}

/** A turned camera motion keeps the pairs of motions that are zero, so it cannot score nothing. */
function isWrong(item: Answered, text: string): boolean {
  const { correct } = scoreAnswer(item, text)
  return correct !== null && (item.questionType === 'vci' ? correct < 1 : correct === 0)
}

function candidates({ questionType, answer, options }: Answered): string[] {
  switch (questionType) {
    case 'multipleChoice': return otherOptions(answer.trim(), options ?? [])
    case 'numerical':
    case 'regression': return otherNumbers(answer)
    case 'vci': return [turned(answer)]
    case 'freeForm': return []
    default: return questionType satisfies never
  }
}

/** The other options' texts, or their letters where the answer is the letter of one. */
function otherOptions(answer: string, options: readonly string[]): string[] {
  if (options.some((option) => option.trim() === answer) || !/^[A-Za-z]$/.test(answer)) return options.map((option) => option.trim())
  const first = answer === answer.toUpperCase() ? 65 : 97
  return options.map((_, index) => String.fromCharCode(first + index))
}

function otherNumbers(answer: string): string[] {
  const text = firstNumber(answer)
  const value = Number(text?.replaceAll(',', ''))
  if (text === null || !Number.isFinite(value)) return []
  const decimals = /\.(\d+)/.exec(text)?.[1]?.length ?? 0
  const values = [...FACTORS.map((factor) => value * factor), ...(decimals === 0 ? DISTANCES.map((distance) => value + distance) : [])]
  return values.filter((other) => value < 0 || other >= 0).map((other) => answer.replace(text, other.toFixed(decimals)))
}

const OPPOSITE: Readonly<Record<string, string>> = { right: 'left', left: 'right', up: 'down', down: 'up', forward: 'backward', backward: 'forward' }

function turned(answer: string): string {
  return answer.replace(/_(\w+)/g, (_, direction: string) => `_${OPPOSITE[direction] ?? direction}`)
}
