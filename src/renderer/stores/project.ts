import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { ProjectInfo } from '#shared/contract/project.ts'
import { api } from '../client/client.ts'

/** The open project's name, counts and choices (tasks, prompts, drawing styles). */
export const useProject = defineStore('project', () => {
  const info = shallowRef<ProjectInfo | null>(null)
  async function refresh(): Promise<void> {
    info.value = await api.project.info()
  }
  return { info, refresh }
})
