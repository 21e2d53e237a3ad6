import { parseDecimal, type Decimal } from './decimal.ts'

/** SPAR's list of camera actions, `name:amount` by commas, as amounts by name; null when it cannot be read. */
export function readMotion(text: string): Map<string, Decimal> | null {
  const motion = new Map<string, Decimal>()
  for (const part of text.split(',')) {
    const [name, amount, ...rest] = part.split(':')
    const value = amount === undefined || rest.length > 0 ? null : parseDecimal(amount)
    if (name === undefined || value === null) return null
    motion.set(name.trim(), value)
  }
  return motion
}
