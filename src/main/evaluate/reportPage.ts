import { stageTable, type Report, type ReportSample, type ReportStage } from './report.ts'

/** The curves a training run shows, where it has them. */
const CURVES = ['loss', 'reward', 'correct', 'format', 'reflectionRate', 'gradNorm', 'learningRate'] as const

/**
 * A report as one self-contained page: table, curves (inline SVG) and sample paths. `picture` gives each blob's data URI, so
 * that the file opens anywhere. Everything that came from a model or a data set is escaped.
 */
export function renderReportPage(report: Report, picture: (blob: string) => string): string {
  const facts = `seed ${report.seed}, ${(report.seconds / 60).toFixed(1)} minutes, ${report.machine}, Sightline ${report.version}, ${report.createdAt}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(report.title)}</title><style>${STYLE}</style></head><body>
<h1>${escape(report.title)}</h1><p class="facts">${escape(facts)}</p>
<h2>Accuracy and behaviour by stage</h2>${table(stageTable(report.stages))}
${report.stages.filter((stage) => stage.metrics.length > 0).map(curves).join('\n')}
<h2>Sample paths</h2>${report.samples.map((sample) => path(sample, picture)).join('\n')}
</body></html>
`
}

const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1d2330;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.facts{color:#56607a}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.2rem .7rem;border-bottom:1px solid #dfe3ec;text-align:right}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}tr.overall td{font-weight:600}
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:1rem}figure{margin:0}figcaption{color:#56607a}
.path{border:1px solid #dfe3ec;border-radius:6px;padding:.8rem 1rem;margin:1rem 0}.steps{display:flex;gap:1rem;flex-wrap:wrap}
.step{width:14rem}.step img{image-rendering:pixelated;width:100%;border:1px solid #dfe3ec}pre{white-space:pre-wrap;font-size:12px;margin:.3rem 0}
.good{color:#146c3a}.bad{color:#a32020}`

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function table([header = [], ...rows]: string[][]): string {
  const head = header.map((cell) => `<th>${escape(cell)}</th>`).join('')
  const body = rows.map((row) => `<tr${row[1] === 'overall' ? ' class="overall"' : ''}>${row.map((cell) => `<td>${escape(cell)}</td>`).join('')}</tr>`)
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>`
}

function curves(stage: ReportStage): string {
  const figures = CURVES.map((name) => {
    const points = stage.metrics.flatMap((row) => (row.values[name] === undefined ? [] : [[row.step, row.values[name]] as const]))
    return points.length < 2 ? '' : curve(name, points)
  })
  const seconds = stage.seconds === null ? '' : `, ${(stage.seconds / 60).toFixed(1)} minutes`
  return `<h2>${escape(stage.name)}: ${stage.metrics.length} steps${seconds}</h2><div class="curves">${figures.join('')}</div>`
}

/** A line through (step, value), with the range and the last value in its caption. */
function curve(name: string, points: readonly (readonly [number, number])[]): string {
  const [width, height, margin] = [320, 120, 6]
  const values = points.map(([, value]) => value)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1]
  const x = (step: number) => margin + ((step - first) / Math.max(1, last - first)) * (width - 2 * margin)
  const y = (value: number) => height - margin - ((value - low) / (high - low || 1)) * (height - 2 * margin)
  const line = points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const caption = `${name}: ${format(low)} to ${format(high)}, last ${format(values.at(-1) ?? 0)}`
  return `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(caption)}"><rect width="${width}" height="${height}" fill="#f5f7fb"/><polyline points="${line}" fill="none" stroke="#2456c4" stroke-width="1.5"/></svg><figcaption>${escape(caption)}</figcaption></figure>`
}

function format(value: number): string {
  return Math.abs(value) >= 0.01 || value === 0 ? value.toFixed(3) : value.toExponential(1)
}

function path(sample: ReportSample, picture: (blob: string) => string): string {
  const { item, trajectory, reward } = sample
  const right = reward !== null && (reward.correct ?? 0) > 0
  const given = item.images.map((image) => `<div class="step"><img alt="given" src="${picture(image.blob)}"></div>`).join('')
  const steps = trajectory.steps.map((step) => {
    const drawn = step.observations.map((observation) => `<img alt="image ${observation.newIndex}" src="${picture(observation.image.blob)}">`).join('')
    return `<div class="step">${drawn}<pre>${escape(step.text)}</pre></div>`
  })
  const verdict = `<span class="${right ? 'good' : 'bad'}">${escape(trajectory.answer ?? trajectory.finishReason)}</span>, expected ${escape(item.answer)}`
  return `<section class="path"><b>${escape(sample.stage)} · ${escape(item.task)}</b><p>${escape(item.question)}</p><p>${verdict}${reward?.reflective ? ', reflective' : ''}</p><div class="steps">${given}${steps.join('')}</div></section>`
}
