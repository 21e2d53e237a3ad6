import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { MachineSample } from '#shared/domain/machine.ts'
import { followMachine } from '../client/machine.ts'

/** Ten minutes of a sample a second. */
const KEPT = 600

/** The machine over the last ten minutes, kept up to date by one stream. */
export const useMachine = defineStore('machine', () => {
  const samples = shallowRef<readonly MachineSample[]>([])
  const latest = computed(() => samples.value.at(-1) ?? null)

  async function follow(signal: AbortSignal): Promise<void> {
    await followMachine((fresh, anew) => { samples.value = (anew ? fresh : [...samples.value, ...fresh]).slice(-KEPT) }, signal)
  }

  return { samples, latest, follow }
})
