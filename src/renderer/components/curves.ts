import type { MetricColumns } from '#shared/domain/metricColumns.ts'

/** One line of a chart. `colour` counts through the series colours; `dash` tells the metrics of one run apart where colours tell runs apart. */
export interface CurveLine { readonly label: string; readonly colour: number; readonly dash: number; readonly values: readonly (number | null)[] }
/** Lines over a common x axis; a step that lacks a value has null there. Of a run that goes on the lists grow: the next data has the same ones. */
export interface CurveData { readonly steps: readonly number[]; readonly lines: readonly CurveLine[] }

export interface CurvePoint { readonly step: number; readonly values: Readonly<Record<string, number>> }

/** Curves that belong on one picture, by the names the engine gives its numbers; the first chart that wants a name has it. */
export const CHART_GROUPS = [
  { name: 'outcome', charts: [
    { name: 'reward', wants: /^reward/ }, { name: 'accuracy', wants: /^(correct|accuracy|validationAccuracy|tokenAccuracy|answered|marginAccuracy|preferenceAccuracy)$/ },
    { name: 'format', wants: /^(format|malformed)/ }, { name: 'reflection', wants: /eflection/ }, { name: 'kept', wants: /^kept/ }
  ] },
  { name: 'behaviour', charts: [
    { name: 'steps', wants: /^(steps|boxes|lines|turns)$/ }, { name: 'length', wants: /^(responseTokens|turnTokens)/ }, { name: 'finish', wants: /^finish/ }
  ] },
  { name: 'learning', charts: [
    { name: 'loss', wants: /^(loss|policyLoss|validationLoss)$/ }, { name: 'margin', wants: /argin/ }, { name: 'entropy', wants: /^entropy/ }, { name: 'kl', wants: /^(kl|refKl)/ },
    { name: 'clip', wants: /^clip/ }, { name: 'ratio', wants: /^(ratio|logProbGap|logProbDifference)/ }, { name: 'groups', wants: /^(zeroVariance|usedPaths|resampled|maskedPaths)/ },
    { name: 'gradNorm', wants: /^gradNorm$/ }, { name: 'learningRate', wants: /^learningRate$/ }
  ] },
  { name: 'machine', charts: [
    { name: 'speed', wants: /PerSecond$/ }, { name: 'seconds', wants: /^seconds/ }, { name: 'memory', wants: /Bytes$/ }, { name: 'tokens', wants: /okens$/ }, { name: 'other', wants: /./ }
  ] }
] as const
export type ChartName = (typeof CHART_GROUPS)[number]['charts'][number]['name']

/** Which of the names each chart shows; charts and groups without any are left out. */
export function chartsOf(names: readonly string[]): { group: (typeof CHART_GROUPS)[number]['name']; charts: { name: ChartName; metrics: string[] }[] }[] {
  const free = new Set([...names].sort())
  return CHART_GROUPS.map(({ name, charts }) => ({
    group: name,
    charts: charts.map((chart) => {
      const metrics = [...free].filter((metric) => chart.wants.test(metric))
      for (const metric of metrics) free.delete(metric)
      return { name: chart.name, metrics }
    }).filter(({ metrics }) => metrics.length > 0)
  })).filter(({ charts }) => charts.length > 0)
}

/** A run's numbers by column, made for appending: a step costs its own values however long the run is. */
export class CurveTable {
  readonly steps: number[] = []
  readonly columns = new Map<string, (number | null)[]>()

  /** Takes points in any order; of two values for one step the later one counts. */
  take(points: readonly CurvePoint[]): void {
    for (const { step, values } of points) {
      const row = this.#rowOf(step)
      for (const [name, value] of Object.entries(values)) this.#column(name)[row] = value
    }
  }

  /** Takes what is stored of a run; of two values for one step the later one counts. */
  takeColumns({ steps, columns }: MetricColumns): void {
    const last = this.steps.at(-1)
    const [first] = steps
    if (last !== undefined && first !== undefined && first <= last) {
      this.take(pointsOf({ steps, columns }))
      return
    }
    const before = this.steps.length
    for (const step of steps) this.steps.push(step)
    for (const [name, column] of this.columns) if (!columns.has(name)) for (let row = 0; row < steps.length; row++) column.push(null)
    for (const [name, values] of columns) {
      const column = this.columns.get(name) ?? Array.from<number | null>({ length: before }).fill(null)
      this.columns.set(name, column)
      for (const value of values) column.push(Number.isNaN(value) ? null : value)
    }
  }

  #rowOf(step: number): number {
    const last = this.steps.at(-1)
    const found = last === undefined || step > last ? this.steps.length : lowerBound(this.steps, step)
    if (this.steps[found] === step) return found
    this.steps.splice(found, 0, step)
    for (const column of this.columns.values()) column.splice(found, 0, null)
    return found
  }

  #column(name: string): (number | null)[] {
    const known = this.columns.get(name)
    if (known !== undefined) return known
    const column: (number | null)[] = this.steps.map(() => null)
    this.columns.set(name, column)
    return column
  }
}

function pointsOf({ steps, columns }: MetricColumns): CurvePoint[] {
  return Array.from(steps, (step, row) => {
    const values = [...columns].map(([name, column]) => [name, column[row] ?? NaN] as const)
    return { step, values: Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value))) }
  })
}

export interface NamedTable { readonly label: string; readonly table: CurveTable }

/** All steps of one or several runs, ascending. */
export function stepsOf(tables: readonly NamedTable[]): readonly number[] {
  const [only] = tables
  if (tables.length === 1 && only !== undefined) return only.table.steps
  return [...new Set(tables.flatMap(({ table }) => table.steps))].sort((a, b) => a - b)
}

/** The named numbers of one or several runs as lines over all their steps. Of one run each metric has a colour; of several, each run. */
export function linesOf(tables: readonly NamedTable[], metrics: readonly string[], steps: readonly number[] = stepsOf(tables)): CurveData {
  const lines = tables.flatMap(({ label, table }, run) => metrics.flatMap((metric, at): CurveLine[] => {
    const column = table.columns.get(metric)
    if (column === undefined) return []
    return [tables.length === 1
      ? { label: metric, colour: at, dash: 0, values: column }
      : { label: `${label} · ${metric}`, colour: run, dash: at, values: spread(table.steps, column, steps) }]
  }))
  return { steps, lines }
}

/**
 * Exponential moving average that starts unbiased, as TensorBoard draws it; gaps stay gaps.
 * @param weight of the past, 0 (as it is) to just below 1
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let [sum, total] = [0, 0]
  return values.map((value) => {
    if (value === null) return null
    sum = sum * weight + (1 - weight) * value
    total = total * weight + (1 - weight)
    return sum / total
  })
}

/** A column over more steps than its own: null where it has no value. Both lists of steps ascend. */
function spread(from: readonly number[], column: readonly (number | null)[], to: readonly number[]): (number | null)[] {
  const values = new Array<number | null>(to.length).fill(null)
  let place = 0
  for (let row = 0; row < from.length; row++) {
    while (place < to.length && to[place] !== from[row]) place++
    values[place] = column[row] ?? null
  }
  return values
}

function lowerBound(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
