import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { SaveStatus } from '../canvas/document/editSaver.ts'
import type { Failure } from '../client/failure.ts'

/** The saved mark of the status bar; `idle` until something was edited. */
export const useSaving = defineStore('saving', () => {
  const edits = shallowRef<SaveStatus | 'idle'>('idle')
  /** Verdicts and marks on their way. */
  const reviews = shallowRef(0)
  const failure = shallowRef<Failure | null>(null)
  /** Set by whoever owns the queue of unsaved edits while it holds some. */
  const retry = shallowRef<(() => void) | null>(null)
  const status = computed(() => edits.value !== 'failed' && reviews.value > 0 ? 'saving' : edits.value)

  async function reviewing<T>(work: () => Promise<T>): Promise<T> {
    reviews.value++
    try {
      return await work()
    } finally {
      reviews.value--
      if (edits.value === 'idle') edits.value = 'saved'
    }
  }

  return { edits, status, failure, retry, reviewing }
})
