import { readMotion } from '#shared/domain/cameraMotion.ts'
import { subtract, type Decimal } from '#shared/domain/decimal.ts'
import { meanRelativeAccuracy } from './relativeAccuracy.ts'

const OPPOSITES = [
  ['move_right', 'move_left'], ['move_up', 'move_down'], ['move_forward', 'move_backward'],
  ['rotate_right', 'rotate_left'], ['rotate_up', 'rotate_down']
] as const

const ZERO: Decimal = { digits: 0n, scale: 0 }

/**
 * SPAR's view-change score (`vci`) in 0..1: ten camera actions `name:amount`, five opposite pairs, the net amount of each
 * pair, mean relative accuracy over the pairs. A list that cannot be read scores 0; null when the truth cannot be read.
 */
export function cameraMotionScore(answer: string, truth: string): number | null {
  const expected = readMotion(truth)
  if (!expected) return null
  const given = readMotion(answer)
  if (!given) return 0
  const scores = OPPOSITES.map(([forth, back]) => (
    meanRelativeAccuracy(net(given, forth, back), net(expected, forth, back), true)
  ))
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}

function net(motion: ReadonlyMap<string, Decimal>, forth: string, back: string): Decimal {
  return subtract(motion.get(forth) ?? ZERO, motion.get(back) ?? ZERO)
}
