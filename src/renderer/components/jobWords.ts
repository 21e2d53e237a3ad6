import { useI18n } from 'vue-i18n'
import type { Job } from '#shared/domain/job.ts'

/** A job's title as people read it: some are named by a key, as one that every language has its own words for. */
export function useJobTitle(): (job: Pick<Job, 'title'>) => string {
  const { t, te } = useI18n()
  return ({ title }) => te(`stage.${title}.name`) ? t(`stage.${title}.name`) : te(`jobTitle.${title}`) ? t(`jobTitle.${title}`) : title
}
