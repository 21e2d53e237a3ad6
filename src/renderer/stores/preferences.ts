import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { z } from 'zod'

const KEY = 'sightline.preferences'

const Theme = z.enum(['light', 'dark'])
export type Theme = z.infer<typeof Theme>
const Locale = z.enum(['en', 'zh-CN'])
export type Locale = z.infer<typeof Locale>

const Kept = z.object({
  theme: Theme.catch(() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
  locale: Locale.catch(() => navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'),
  reviewer: z.string().min(1).catch('reviewer'),
  /** The user's own keys by `scope.action`; what is not here has the keys of the table. */
  keys: z.record(z.string(), z.array(z.string()).readonly()).catch({})
})

/** What this browser remembers about how its user likes to work; never part of a project. */
export const usePreferences = defineStore('preferences', () => {
  const kept = read()
  const theme = ref(kept.theme)
  const locale = ref(kept.locale)
  const reviewer = ref(kept.reviewer)
  const keys = ref(kept.keys)
  const dark = computed(() => theme.value === 'dark')
  watch([theme, locale, reviewer, keys], () => {
    localStorage.setItem(KEY, JSON.stringify({ theme: theme.value, locale: locale.value, reviewer: reviewer.value, keys: keys.value }))
  })
  watch(theme, (now) => { document.documentElement.classList.toggle('dark', now === 'dark') }, { immediate: true })
  watch(locale, (now) => { document.documentElement.lang = now }, { immediate: true })

  /** Gives an action keys of its own; null goes back to those of the table. */
  function setKeys(action: string, own: readonly string[] | null): void {
    const others = Object.entries(keys.value).filter(([name]) => name !== action)
    keys.value = Object.fromEntries(own === null ? others : [...others, [action, [...own]]])
  }

  return { theme, locale, reviewer, keys, dark, setKeys, resetKeys: () => { keys.value = {} } }
})

function read(): z.infer<typeof Kept> {
  try {
    return Kept.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return Kept.parse({})
    throw error
  }
}
