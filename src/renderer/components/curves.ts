/** Lines over a common x axis; a step that lacks a value has null there. */
export interface CurveData { readonly steps: number[]; readonly names: readonly string[]; readonly values: (number | null)[][] }

interface Point { readonly step: number; readonly values: Readonly<Record<string, number>> }

/** Curves that belong on one picture, by the names the engine gives its numbers. */
export const CHARTS = [
  { name: 'loss', metrics: ['loss', 'policyLoss', 'kl'] },
  { name: 'reward', metrics: ['reward', 'correct', 'format'] },
  { name: 'reflection', metrics: ['reflectionRate'] },
  { name: 'accuracy', metrics: ['accuracy', 'validationAccuracy', 'tokenAccuracy', 'kept', 'keptShare'] }
] as const

/** Numbers that have no chart of their own but can be looked at: everything else a run reports. */
export function otherMetrics(points: readonly Point[]): string[] {
  const charted = new Set<string>(CHARTS.flatMap(({ metrics }) => metrics))
  const names = new Set(points.flatMap(({ values }) => Object.keys(values)))
  return [...names].filter((name) => !charted.has(name)).sort()
}

/**
 * Merges what was read from the project with what was heard live: one point a step, the later one winning, in order of step.
 */
export function mergedPoints(stored: readonly Point[], live: readonly Point[]): Point[] {
  const byStep = new Map<number, Point>()
  for (const { step, values } of [...stored, ...live]) byStep.set(step, { step, values: { ...byStep.get(step)?.values, ...values } })
  return [...byStep.values()].sort((a, b) => a.step - b.step)
}

/** The named numbers as lines; names no point has are left out. */
export function curvesOf(points: readonly Point[], names: readonly string[]): CurveData {
  const present = names.filter((name) => points.some(({ values }) => values[name] !== undefined))
  const used = points.filter(({ values }) => present.some((name) => values[name] !== undefined))
  return { steps: used.map(({ step }) => step), names: present, values: present.map((name) => used.map(({ values }) => values[name] ?? null)) }
}
