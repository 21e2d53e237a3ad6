/** A line through points, named for the key; several series may share a name and colour (one a seed). */
export interface Series {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
}

export interface Bar {
  readonly label: string
  /** One value a seed; the bar is their mean. */
  readonly values: readonly number[]
}

const INK = '#1d2330'
const GROUND = '#f5f7fb'
const PALETTE = ['#2456c4', '#c2410c', '#15803d', '#7c3aed', '#be185d', '#0e7490', '#a16207', '#475569', '#991b1b']

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** A self-contained SVG document of `parts`. */
export function svgDocument(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui,sans-serif" font-size="11"><title>${escapeText(title)}</title><rect width="${width}" height="${height}" fill="#fff"/>${parts.join('')}</svg>\n`
}

/** `style`: further attributes, none of them a fill. */
export function text(x: number, y: number, words: string, style = ''): string {
  return `<text x="${x}" y="${y}" fill="${INK}" ${style}>${escapeText(words)}</text>`
}

/** Colours of names in the order first seen. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map([...new Set(names)].map((name, i) => [name, PALETTE[i % PALETTE.length] ?? INK]))
}

/** The names with their colours, one below the other. */
export function key(x: number, y: number, colours: ReadonlyMap<string, string>): string {
  return [...colours].map(([name, colour], i) => `<rect x="${x}" y="${y + i * 16 - 8}" width="10" height="10" fill="${colour}"/>${text(x + 16, y + i * 16 + 1, name)}`).join('')
}

/** Horizontal bars of means with a dot for each seed, on an axis from 0 to the largest value. */
export function barPanel(at: { x: number; y: number; width: number }, title: string, bars: readonly Bar[], labelWidth: number): string {
  const most = Math.max(...bars.flatMap(({ values }) => values), 0) || 1
  const reach = (value: number) => (value / most) * (at.width - labelWidth - 44)
  const rows = bars.map(({ label, values }, i) => {
    const y = at.y + 14 + i * 18
    if (values.length === 0) return `${text(at.x, y + 11, label, 'fill-opacity="0.5"')}${text(at.x + labelWidth, y + 11, 'none')}`
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const dots = values.map((value) => `<circle cx="${(at.x + labelWidth + reach(value)).toFixed(1)}" cy="${y + 7}" r="2" fill="${INK}"/>`).join('')
    return `${text(at.x, y + 11, label)}<rect x="${at.x + labelWidth}" y="${y}" width="${reach(mean).toFixed(1)}" height="14" fill="#9db7ea"/>${dots}${text(at.x + at.width - 38, y + 11, number(mean))}`
  })
  return `${text(at.x, at.y + 6, title, 'font-weight="600"')}${rows.join('')}`
}

/** Lines on one pair of axes; the y axis is `range`, or spans the values. */
export function linePanel(
  at: { x: number; y: number; width: number; height: number }, title: string, series: readonly Series[], colours: ReadonlyMap<string, string>,
  range?: readonly [number, number]
): string {
  const points = series.flatMap((one) => one.points)
  if (points.length === 0) return ''
  const [left, right] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))]
  const [low, high] = range ?? [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))]
  const inner = { x: at.x + 34, y: at.y + 14, width: at.width - 40, height: at.height - 30 }
  const px = (x: number) => (inner.x + ((x - left) / (right - left || 1)) * inner.width).toFixed(1)
  const py = (y: number) => (inner.y + inner.height - ((y - low) / (high - low || 1)) * inner.height).toFixed(1)
  const lines = series.map(({ name, points: own }) => (
    `<polyline points="${own.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')}" fill="none" stroke="${colours.get(name) ?? INK}" stroke-width="1.4" stroke-opacity="0.85"/>`))
  const tick = (value: number) => `<line x1="${inner.x}" x2="${inner.x + inner.width}" y1="${py(value)}" y2="${py(value)}" stroke="#dfe3ec"/>${text(inner.x - 4, Number(py(value)) + 4, number(value), 'text-anchor="end"')}`
  return [
    text(at.x, at.y + 6, title, 'font-weight="600"'),
    `<rect x="${inner.x}" y="${inner.y}" width="${inner.width}" height="${inner.height}" fill="${GROUND}"/>`,
    ...[low, (low + high) / 2, high].map(tick),
    text(inner.x, at.y + at.height - 3, number(left)), text(inner.x + inner.width, at.y + at.height - 3, number(right), 'text-anchor="end"'),
    ...lines
  ].join('')
}

/** Each value replaced by the mean of those up to `reach` before and after it. */
export function smoothed(points: readonly (readonly [number, number])[], reach: number): [number, number][] {
  return points.map(([x], i) => {
    const near = points.slice(Math.max(0, i - reach), i + reach + 1)
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length]
  })
}

function number(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 10 ? value.toFixed(0) : Math.abs(value) >= 1 ? value.toFixed(2) : value.toFixed(3)
}
