/**
 * Entries with those of rare tasks repeated, in turn, until every task that occurs has at least `share` of the whole (or as much as
 * all others, where there are too many tasks for that). Nothing is left out.
 */
export function balanced<T>(entries: readonly T[], taskOf: (entry: T) => string, share: number): T[] {
  const tasks = new Map<string, T[]>()
  for (const entry of entries) tasks.set(taskOf(entry), [...tasks.get(taskOf(entry)) ?? [], entry])
  const least = Math.min(share, 1 / tasks.size)
  const rare = new Set<string>()
  for (;;) {
    const common = [...tasks].filter(([task]) => !rare.has(task)).reduce((sum, [, own]) => sum + own.length, 0)
    const wanted = Math.ceil((least * common) / (1 - rare.size * least) - 1e-9)
    const found = [...tasks].filter(([task, own]) => !rare.has(task) && own.length < wanted)
    if (found.length === 0) return [...tasks].flatMap(([task, own]) => rare.has(task) ? cycled(own, wanted) : own)
    for (const [task] of found) rare.add(task)
  }
}

function cycled<T>(entries: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, index) => entries[index % entries.length] as T)
}
