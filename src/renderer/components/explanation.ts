import { useI18n } from 'vue-i18n'
import type { Reward } from '#shared/domain/reward.ts'
import { numberText } from './numbers.ts'

/** Why an answer has its score, in the language in use; rewards of earlier versions hold an English sentence. */
export function useExplanation(): (explanation: Reward['explanation']) => string {
  const { t } = useI18n()
  return (explanation) => {
    if (typeof explanation === 'string') return explanation
    const { given, expected, score } = explanation.values
    return t(`explanation.${explanation.code}`, { given: given ?? '', expected: expected ?? '', score: numberText(score) })
  }
}
