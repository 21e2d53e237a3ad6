/**
 * McNemar's test (1947) in its exact, two-sided form: the chance, were a change equally likely in either direction, of a split of the
 * changed items at least as uneven as this one, min(1, 2 sum_{i <= min(lost, won)} C(n, i) / 2^n) with n = lost + won (Fagerland, Lydersen and
 * Laake 2013, section 2). Items that are right in both or wrong in both say nothing. 1 where none changed.
 */
export function mcNemarExact(lost: number, won: number): number {
  if (!Number.isInteger(lost) || !Number.isInteger(won) || lost < 0 || won < 0) throw new RangeError(`${lost} and ${won} are no counts`)
  const changed = lost + won
  const fewer = Math.min(lost, won)
  let logTerm = -changed * Math.LN2
  let tail = 0
  for (let i = 0; i <= fewer; i++) {
    tail += Math.exp(logTerm)
    logTerm += Math.log((changed - i) / (i + 1))
  }
  return Math.min(1, 2 * tail)
}
