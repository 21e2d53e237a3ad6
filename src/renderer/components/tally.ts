/** Names under which jobs count what became of their paths, in the order they are judged; anything else in a summary is no such count. */
const OUTCOMES = ['kept', 'unscored', 'noAnswer', 'wrong', 'malformed', 'notReflective', 'short', 'duplicate', 'overCap', 'vetoed', 'failed'] as const

export type Summary = Readonly<Record<string, string | number | boolean>>

/** The counts of a job's summary by outcome; empty where it counted none. */
export function talliesOf(summary: Summary): Record<string, number> {
  return Object.fromEntries(OUTCOMES.flatMap((name) => {
    const count = summary[name]
    return typeof count === 'number' ? [[name, count] as const] : []
  }))
}

/** What else a summary tells. */
export function restOf(summary: Summary): [string, string | number | boolean][] {
  return Object.entries(summary).filter(([name]) => !(OUTCOMES as readonly string[]).includes(name))
}
