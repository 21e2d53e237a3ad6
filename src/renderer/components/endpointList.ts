import { onMounted, shallowRef, type ShallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { KnownEndpoint } from '#shared/domain/endpoint.ts'
import { attempt } from '../client/attempt.ts'
import { api } from '../client/client.ts'

/** The user's endpoints, read when the component appears and on `read`. */
export function useEndpoints(): { endpoints: ShallowRef<readonly KnownEndpoint[]>; read: () => Promise<void> } {
  const { t } = useI18n()
  const endpoints = shallowRef<readonly KnownEndpoint[]>([])
  const read = async (): Promise<void> => {
    endpoints.value = await attempt(t('endpoints.notRead'), () => api.endpoints.list()) ?? endpoints.value
  }
  onMounted(() => { void read() })
  return { endpoints, read }
}
