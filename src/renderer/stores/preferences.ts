import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'

export type Theme = 'light' | 'dark'
export type Locale = 'en' | 'zh-CN'

const KEY = 'sightline.preferences'

interface Kept { theme: Theme; locale: Locale; reviewer: string }

/** What this browser remembers about how its user likes to work; never part of a project. */
export const usePreferences = defineStore('preferences', () => {
  const kept = read()
  const theme = ref(kept.theme)
  const locale = ref(kept.locale)
  const reviewer = ref(kept.reviewer)
  const dark = computed(() => theme.value === 'dark')
  watch([theme, locale, reviewer], () => {
    localStorage.setItem(KEY, JSON.stringify({ theme: theme.value, locale: locale.value, reviewer: reviewer.value }))
  })
  watch(theme, (now) => { document.documentElement.classList.toggle('dark', now === 'dark') }, { immediate: true })
  watch(locale, (now) => { document.documentElement.lang = now }, { immediate: true })
  return { theme, locale, reviewer, dark }
})

function read(): Kept {
  const fallback: Kept = {
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    locale: navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en',
    reviewer: 'reviewer'
  }
  const text = localStorage.getItem(KEY)
  if (text === null) return fallback
  try {
    const { theme, locale, reviewer } = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : fallback.theme,
      locale: locale === 'en' || locale === 'zh-CN' ? locale : fallback.locale,
      reviewer: typeof reviewer === 'string' && reviewer !== '' ? reviewer : fallback.reviewer
    }
  } catch (error) {
    if (error instanceof SyntaxError) return fallback
    throw error
  }
}
