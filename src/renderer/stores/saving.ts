import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { SaveStatus } from '../canvas/document/editSaver.ts'
import type { Failure } from '../client/failure.ts'

/** The saved mark of the status bar; `idle` until something was edited. */
export const useSaving = defineStore('saving', () => {
  const status = shallowRef<SaveStatus | 'idle'>('idle')
  const failure = shallowRef<Failure | null>(null)
  /** Set by whoever owns the queue of unsaved edits while it holds some. */
  const retry = shallowRef<(() => void) | null>(null)
  return { status, failure, retry }
})
