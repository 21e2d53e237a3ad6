import { Random } from '#shared/domain/random.ts'

/** A 32-bit seed for one purpose of a run (`step 7 prompt 3 rollout 5`): independent of every other, known without a state. */
export function seedFor(seed: number, purpose: string): number {
  return Random.seeded(seed, purpose).uint32()
}

/**
 * Which items the steps of a run draw: pass after pass over a seeded shuffle, `perStep` at a time.
 * @returns indices into the items, [perStep].
 */
export function itemsOfStep(itemCount: number, perStep: number, step: number, seed: number): number[] {
  const orders = new Map<number, number[]>()
  return Array.from({ length: perStep }, (_, offset) => {
    const position = step * perStep + offset
    const pass = Math.floor(position / itemCount)
    const order = orders.get(pass) ?? Random.seeded(seed, `pass ${pass}`).shuffled([...Array(itemCount).keys()])
    orders.set(pass, order)
    return order[position % itemCount] ?? 0
  })
}
