import { useI18n } from 'vue-i18n'
import { numberText } from './numbers.ts'
import { type Complaint, wordsOf } from './schemaFields.ts'

/** How settings and their values are called in the language in use; the schema's own words where it has none. */
export function useSettingWords() {
  const { t, te } = useI18n()
  const choiceOf = (choice: string): string => te(`choice.${choice}`) ? t(`choice.${choice}`) : choice
  return {
    nameOf: (name: string): string => te(`setting.${name}.name`) ? t(`setting.${name}.name`) : wordsOf(name),
    helpOf: (name: string, fallback: string): string => te(`setting.${name}.help`) ? t(`setting.${name}.help`) : fallback,
    choiceOf,
    complaintOf: (complaint: Complaint | undefined): string => {
      if (complaint === undefined) return ''
      return complaint.kind === 'other' ? complaint.words : t(`settings.complaint.${complaint.kind}`, { n: numberText(complaint.bound) })
    },
    valueOf: (value: unknown): string =>
      typeof value === 'number' ? numberText(value) : typeof value === 'boolean' ? t(value ? 'action.yes' : 'action.no') : choiceOf(String(value))
  }
}
