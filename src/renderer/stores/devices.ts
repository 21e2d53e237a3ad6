import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { DeviceState } from '#shared/contract/devices.ts'
import { api } from '../client/client.ts'

/** What work runs on here where nothing else is said. */
export const useDevices = defineStore('devices', () => {
  const state = shallowRef<DeviceState | null>(null)
  async function refresh(): Promise<void> {
    state.value = await api.devices.state()
  }
  return { state, refresh }
})
