import uPlot from 'uplot'
import { type CurveData, smoothed } from './curves.ts'
import { gigabytesText, numberText } from './numbers.ts'

export const CHART_HEIGHT = 150
/** How many `--series-N` colours the themes have. */
export const SERIES_COLOURS = 8
/** Ticks on whole steps only. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000]
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3]]
/** Fewer points than this are drawn as points too. */
const FEW = 40
/** Movement in pixels that makes a click a drag. */
const DRAG = 4

export interface PlotLook { readonly dark: boolean; readonly logarithmic: boolean; /** Weight of the past, 0 = none. */ readonly smoothing: number; readonly openable: boolean; /** Charts of one key move their cursors together. */ readonly sync: string }
export interface PlotListeners { onCursor(index: number | null): void; onOpen(index: number): void; onZoom(): void }

/** uPlot's columns: x, each line as drawn, and where they are smoothed each raw line behind. A logarithm shows positive values only. */
export function plotData(data: CurveData, look: PlotLook): uPlot.AlignedData {
  const raw = data.lines.map(({ values }) => look.logarithmic ? values.map((value) => value !== null && value > 0 ? value : null) : values)
  const columns = [data.steps, ...raw, ...look.smoothing > 0 ? raw.map((values) => smoothed(values, look.smoothing)) : []]
  // uPlot reads its data only.
  return columns as uPlot.AlignedData
}

/** @param width in CSS pixels */
export function plotOptions(width: number, data: CurveData, look: PlotLook, listeners: PlotListeners): uPlot.Options {
  const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const axis: uPlot.Axis = { stroke: colour('--text-quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 }, font: '11px system-ui' }
  const series = (faint: boolean): uPlot.Series[] => data.lines.map(({ colour: index, dash }) => ({
    stroke: colour(`--series-${(index % SERIES_COLOURS) + 1}`) + (faint ? '55' : ''), width: faint ? 1 : 1.5, spanGaps: true, dash: [...DASHES[dash % DASHES.length] ?? []],
    points: { show: !faint && data.steps.length < FEW, size: 4 }
  }))
  return {
    width: Math.max(width, 120), height: CHART_HEIGHT, legend: { show: false },
    // uPlot swallows clicks near a point it snapped to; what is a click is decided below.
    cursor: { drag: { x: true, y: false, click: () => undefined }, sync: { key: look.sync }, points: { size: 6 } },
    scales: { x: { time: false }, y: look.logarithmic ? { distr: 3 } : { range: valueRange } },
    axes: [{ ...axis, size: 26, incrs: WHOLE_STEPS }, { ...axis, size: 50, values: (_plot, ticks) => ticks.map((tick) => tick === null ? '' : tickText(tick)) }],
    series: [{}, ...(look.smoothing > 0 ? [...series(true), ...series(false)] : series(false))],
    hooks: {
      setCursor: [(plot) => { listeners.onCursor(plot.cursor.idx ?? null) }],
      setSelect: [(plot) => { if (plot.select.width > 0) listeners.onZoom() }],
      ready: [(plot) => { listenForClicks(plot, listeners) }]
    }
  }
}

/** A click is for the step under the cursor; a drag zooms. */
function listenForClicks(plot: uPlot, { onOpen }: PlotListeners): void {
  let from = 0
  plot.over.addEventListener('mousedown', ({ clientX }) => { from = clientX })
  plot.over.addEventListener('click', ({ clientX }) => {
    if (Math.abs(clientX - from) < DRAG) onOpen(plot.posToIdx(clientX - plot.over.getBoundingClientRect().left))
  })
}

/** A number of a curve by its name: bytes as people read them. */
export function curveText(label: string, value: number | null): string {
  return value !== null && label.endsWith('Bytes') ? gigabytesText(value) : numberText(value)
}

/** A tick in at most six characters: 0.0015 as it is, 5e-4, 15k. */
function tickText(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e12)) return value.toExponential(1).replace('.0e', 'e')
  const [unit, letter] = size >= 1e9 ? [1e9, 'G'] : size >= 1e6 ? [1e6, 'M'] : size >= 1e4 ? [1e3, 'k'] : [1, '']
  if (unit > 1) return `${Number((value / unit).toPrecision(3))}${letter}`
  return String(Number(value.toPrecision(4)))
}

/** A flat line gets room of its own size around it; anything else the usual rounding. */
function valueRange(_plot: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax {
  if (least === null || most === null) return [0, 1]
  if (least !== most) return uPlot.rangeNum(least, most, 0.1, true)
  return least === 0 ? [0, 1] : [least - Math.abs(least) / 2, least + Math.abs(least) / 2]
}
