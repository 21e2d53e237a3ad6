/**
 * An exact decimal number, digits / 10^scale: thresholds of the numeric reward lie on decimal boundaries (an error of exactly
 * 0.5), where binary floats decide by rounding noise.
 */
export type Decimal = { readonly digits: bigint; readonly scale: number }

/** Beyond this many places a written number is nonsense, not a measurement. */
const MAX_PLACES = 400

/** Parse `-12`, `1,200.5`, `.5`, `2e-3`; null when the whole text is not one number (or absurdly long). */
export function parseDecimal(text: string): Decimal | null {
  const match = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,4}))?$/.exec(text.trim().replaceAll(',', ''))
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  if (whole + fraction === '' || whole.length + fraction.length > MAX_PLACES) return null
  const scale = fraction.length - Number(exponent)
  if (Math.abs(scale) > MAX_PLACES) return null
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

/** The first number written in a text, thousands separators allowed; null when there is none. */
export function firstNumber(text: string): string | null {
  const match = /(?:(?<![\w.])[-+])?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?<!\d)(?=\.\d))(?:\.\d+)?(?:[eE][-+]?\d+)?/.exec(text)
  return match ? match[0] : null
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { digits: at(a, scale) - at(b, scale), scale }
}

/** Negative, zero or positive as a is below, equal to or above b. */
export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale)
  const left = at(a, scale)
  const right = at(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

export function absolute(a: Decimal): Decimal {
  return a.digits < 0n ? { digits: -a.digits, scale: a.scale } : a
}

export function isZero(a: Decimal): boolean {
  return a.digits === 0n
}

/** a * factor / 100, exactly. */
export function percentOf(a: Decimal, percent: number): Decimal {
  return { digits: a.digits * BigInt(percent), scale: a.scale + 2 }
}

/** Rounded to `places` decimals, halves to even. */
export function rounded(a: Decimal, places: number): Decimal {
  if (a.scale <= places) return a
  const unit = 10n ** BigInt(a.scale - places)
  const magnitude = a.digits < 0n ? -a.digits : a.digits
  const quotient = magnitude / unit
  const twice = (magnitude % unit) * 2n
  const up = twice > unit || (twice === unit && quotient % 2n === 1n)
  const result = up ? quotient + 1n : quotient
  return { digits: a.digits < 0n ? -result : result, scale: places }
}

function at(a: Decimal, scale: number): bigint {
  return a.digits * 10n ** BigInt(scale - a.scale)
}
