import { onMounted, type ShallowRef, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { attempt } from '../client/attempt.ts'
import { api } from '../client/client.ts'
import { useJobs } from '../stores/jobs.ts'

/** The project's checkpoints, newest first, re-read when a job ends. */
export function useCheckpoints(): ShallowRef<readonly Checkpoint[]> {
  const { t } = useI18n()
  const jobs = useJobs()
  const checkpoints = shallowRef<readonly Checkpoint[]>([])

  async function read(): Promise<void> {
    const found = await attempt(t('failure.read'), () => api.models.list())
    if (found !== null) checkpoints.value = [...found].sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  onMounted(() => { void read() })
  watch(() => jobs.ended, () => { void read() })
  return checkpoints
}
