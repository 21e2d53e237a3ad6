import { computed, shallowRef } from 'vue'

/** Which shapes are chosen, on the canvas and in the step that drew them. */
export function chosenShapes() {
  /** The newest choice last. */
  const chosen = shallowRef<readonly string[]>([])
  const ids = computed(() => new Set(chosen.value))
  /** The shape that is chosen alone. */
  const selected = computed({ get: () => chosen.value.length === 1 ? chosen.value[0] ?? null : null, set: (id) => { chosen.value = id === null ? [] : [id] } })
  return { chosen, selected, isChosen: (id: string): boolean => ids.value.has(id) }
}
