import { computed, type ComputedRef, ref } from 'vue'
import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import type { ItemFilter } from '#shared/contract/items.ts'
import type { ItemId } from '#shared/domain/ids.ts'

export interface Ticks {
  readonly count: ComputedRef<number>
  readonly whole: ComputedRef<boolean>
  /** Null where nothing is ticked. */
  readonly selection: ComputedRef<ItemSelection | null>
  has(id: ItemId): boolean
  toggle(id: ItemId): void
  /** Ticks all from the one ticked last to this one. */
  extend(ids: readonly ItemId[], to: number): void
  all(): void
  none(): void
}

/** What is ticked in the item list: rows one by one, or everything the query finds, also beyond what was fetched. */
export function useTicks(filter: () => ItemFilter, total: () => number): Ticks {
  const ids = ref<ReadonlySet<ItemId>>(new Set())
  const isWhole = ref(false)
  let last: ItemId | null = null

  function set(now: Iterable<ItemId>): void {
    ids.value = new Set(now)
    isWhole.value = false
  }

  return {
    count: computed(() => isWhole.value ? total() : ids.value.size),
    whole: computed(() => isWhole.value),
    selection: computed(() => isWhole.value ? { kind: 'filter', filter: { ...filter() } } : ids.value.size > 0 ? { kind: 'ids', ids: [...ids.value] } : null),
    has: (id) => isWhole.value || ids.value.has(id),
    toggle: (id) => {
      last = id
      set(ids.value.has(id) ? [...ids.value].filter((each) => each !== id) : [...ids.value, id])
    },
    extend: (shown, to) => {
      const from = last === null ? to : Math.max(0, shown.indexOf(last))
      set([...ids.value, ...shown.slice(Math.min(from, to), Math.max(from, to) + 1)])
    },
    all: () => { isWhole.value = true },
    none: () => {
      last = null
      set([])
    }
  }
}
