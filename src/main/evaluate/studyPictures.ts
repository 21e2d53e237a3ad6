import { barPanel, coloursOf, key, linePanel, type Series, smoothed, svgDocument, text } from './studyChart.ts'
import type { StudyMeasure } from './studyPlan.ts'
import type { Study } from './studyResult.ts'
import { measureOf, rowsOf } from './studyTables.ts'

const BARS: readonly (readonly [StudyMeasure, string])[] = [
  ['accuracy', 'accuracy, greedy'], ['passFirst', 'pass@1, sampled'], ['passGap', 'gap between the last and the first pass@k'],
  ['reflectionSampled', 'reflection rate, sampled'], ['steps', 'steps'], ['boxes', 'boxes'], ['lines', 'lines'], ['responseTokens', 'tokens written']
]

/** The study's charts as SVG documents by file name. */
export function studyPictures(study: Study): ReadonlyMap<string, string> {
  return new Map([
    ['ablation.svg', ablation(study)], ['pass-at-k.svg', passAtK(study)],
    ...(['supervised', 'reinforcement'] as const).map((kind) => [`curves-${kind}.svg`, curves(study, kind)] as const)
  ])
}

/** One panel a measure, one bar a row, one dot a seed. */
function ablation(study: Study): string {
  const rows = rowsOf(study)
  const [width, height] = [400, rows.length * 18 + 34]
  const panels = BARS.map(([measure, title], i) => {
    const bars = rows.map(({ name, label }) => ({ label, values: measureOf(study, name, measure)?.values ?? [] }))
    return barPanel({ x: 12 + (i % 2) * (width + 20), y: 14 + Math.floor(i / 2) * height, width }, title, bars, 222)
  })
  return svgDocument(2 * width + 44, Math.ceil(BARS.length / 2) * height + 14, 'What each row comes to: mean over seeds, one dot a seed', panels)
}

/** Mean over seeds of the overall pass@k. */
function passAtK(study: Study): string {
  const series = rowsOf(study).flatMap(({ name, label }): Series[] => {
    const curves = study.results.flatMap(({ arm, scores }) => (arm === name && scores !== null ? [scores.sampled.overallPass] : []))
    const points = (curves[0] ?? []).map((_, k) => [k + 1, curves.reduce((sum, curve) => sum + (curve[k] ?? 0), 0) / curves.length] as const)
    return points.length === 0 ? [] : [{ name: label, points }]
  })
  const colours = coloursOf(series.map(({ name }) => name))
  const title = `pass@k over k, temperature ${study.plan.sampled.temperature}`
  return svgDocument(700, 300, title, [linePanel({ x: 10, y: 14, width: 410, height: 270 }, title, series, colours, [0, 1]), key(440, 40, colours)])
}

const CURVES = {
  supervised: [['loss', 'loss']],
  reinforcement: [['reward', 'reward'], ['correct', 'S_correct'], ['format', 'format'], ['reflectionRate', 'reflection rate'], ['steps', 'steps'], ['boxes', 'boxes'], ['responseTokens', 'tokens written'], ['entropy', 'entropy']]
} as const
/** Steps on each side that a training curve is averaged over; one batch says little. */
const SMOOTH = 2

/** One panel a metric, one line a row and seed. */
function curves(study: Study, kind: keyof typeof CURVES): string {
  const rows = rowsOf(study).filter(({ name }) => {
    const stage = study.plan.arms.find((arm) => arm.name === name)?.settings?.stage
    return stage !== undefined && (stage === 'grpo') === (kind === 'reinforcement')
  })
  const colours = coloursOf(rows.map(({ label }) => label))
  const [width, height] = [300, 170]
  const panels = CURVES[kind].map(([metric, title], i) => {
    const series = rows.flatMap(({ name, label }) => study.results.filter(({ arm }) => arm === name).map(({ metrics }): Series => {
      const points = metrics.flatMap((row) => (row.values[metric] === undefined ? [] : [[row.step, row.values[metric]] as const]))
      return { name: label, points: smoothed(points, SMOOTH) }
    }))
    return linePanel({ x: 10 + (i % 2) * width, y: 14 + Math.floor(i / 2) * height, width: width - 10, height: height - 10 }, title, series, colours)
  })
  const columns = Math.min(2, CURVES[kind].length)
  const tall = Math.max(Math.ceil(CURVES[kind].length / 2) * height + 20, rows.length * 16 + 50)
  return svgDocument(columns * width + 270, tall, `${kind} training over steps`, [...panels, text(columns * width + 20, 20, 'one line a seed'), key(columns * width + 20, 40, colours)])
}
