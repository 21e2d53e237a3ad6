/** A number as people read it in a dense table: at most four significant digits, no trailing zeros; "-" for none. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–'
  // The browser's own formatting loads its tables first, on the way to the first page.
  if (Number.isInteger(value)) return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2)
  return String(Number(value.toPrecision(4)))
}

/** Bytes in GB, or MB where that is the readable one. */
export function gigabytesText(bytes: number): string {
  if (bytes === 0) return '0'
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes >= 1e7 ? 0 : 1)} MB`
}

/** A share in 0..1 as per cent with one decimal. */
export function shareText(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? '–' : `${(value * 100).toFixed(1)}%`
}

/** A signed difference of two shares in percentage points. */
export function pointsText(value: number): string {
  const points = Math.abs(value * 100).toFixed(1)
  return Number(points) === 0 ? '±0' : `${value > 0 ? '+' : '−'}${points}`
}

/** Seconds as h:mm:ss or m:ss. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (n: number): string => String(n).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** A moment of a video as m:ss.s. */
export function secondsText(seconds: number): string {
  const tenths = Math.round(seconds * 10)
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`
}

/** A rate per second, or per minute where that is the readable one. */
export function rateText(perSecond: number, unit: string): string {
  return perSecond >= 1 || perSecond === 0 ? `${numberText(Number(perSecond.toPrecision(3)))} ${unit}/s` : `${numberText(Number((perSecond * 60).toPrecision(3)))} ${unit}/min`
}

/** Local date and time to the minute. */
export function momentText(iso: string, locale: string): string {
  return new Date(iso).toLocaleString(locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
}
