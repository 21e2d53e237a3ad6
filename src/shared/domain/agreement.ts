/** How often two reviewers of the same paths said the same. */
export interface Agreement {
  /** Paths both judged. */
  readonly overlap: number
  /** Share of them both judged alike; null without any. */
  readonly share: number | null
  /** Cohen's kappa, -1 to 1; null without any, and where chance alone makes them agree always. */
  readonly kappa: number | null
}

/**
 * Agreement of two reviewers, corrected for what chance would give: kappa = (p_o - p_e) / (1 - p_e), where p_o is the share judged
 * alike and p_e the sum over verdicts of the product of both reviewers' shares of it.
 * @param counts a square table: row = the first reviewer's verdict, column = the second's, each cell a number of paths
 * Source: J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960), 37-46.
 */
export function agreementOf(counts: readonly (readonly number[])[]): Agreement {
  const rows = counts.map((row) => row.reduce((sum, value) => sum + value, 0))
  const columns = counts.map((_, at) => counts.reduce((sum, row) => sum + (row[at] ?? 0), 0))
  const overlap = rows.reduce((sum, value) => sum + value, 0)
  if (overlap === 0) return { overlap, share: null, kappa: null }
  const alike = counts.reduce((sum, row, at) => sum + (row[at] ?? 0), 0)
  // In whole numbers, so that agreement by necessity is found exactly: both shares times overlap².
  const chance = rows.reduce((sum, value, at) => sum + value * (columns[at] ?? 0), 0)
  const room = overlap * overlap - chance
  return { overlap, share: alike / overlap, kappa: room === 0 ? null : (alike * overlap - chance) / room }
}
