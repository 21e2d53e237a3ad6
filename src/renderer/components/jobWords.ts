import { useI18n } from 'vue-i18n'
import type { Job, Progress } from '#shared/domain/job.ts'
import { readJobTitle } from '#shared/domain/jobTitle.ts'

/** A job's title as people read it: a key, with or without values, that every language has its own words for; earlier versions kept a sentence. */
export function useJobTitle(): (job: Pick<Job, 'title'>) => string {
  const { t, te } = useI18n()
  return ({ title }) => {
    const named = readJobTitle(title)
    if (named?.key === 'train') return `${t(`stage.${named.values['stage']}.name`)}${named.values['preset'] === '' ? '' : ` (${named.values['preset']})`}`
    if (named !== null) return t(`jobNamed.${named.key}`, named.values)
    return te(`stage.${title}.name`) ? t(`stage.${title}.name`) : te(`jobTitle.${title}`) ? t(`jobTitle.${title}`) : title
  }
}

/** What a job is at and what it counts, in the language in use; names that only a later version knows stay as they are. */
export function useProgressWords(): { phaseOf: (progress: Progress) => string; unitOf: (progress: Progress) => string } {
  const { t, te } = useI18n()
  const word = (key: string, name: string): string => te(key) ? t(key) : name
  return {
    phaseOf: ({ phase }) => word(`progressPhase.${phase.replaceAll(' ', '_')}`, phase),
    unitOf: ({ unit }) => word(`progressUnit.${unit}`, unit)
  }
}
