import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import { makeCount } from './count.ts'
import { makeMaze } from './maze.ts'
import { makeRelation } from './relation.ts'
import type { GeneratorName, GeneratorOptions, MadeItem, SyntheticItem } from './syntheticItem.ts'
import { defaultOptions } from './syntheticItem.ts'

const MAKERS: Readonly<Record<GeneratorName, (random: Random, options: GeneratorOptions) => MadeItem>> = {
  maze: makeMaze,
  relation: makeRelation,
  count: makeCount
}

function check({ side, moves, counted }: GeneratorOptions): void {
  if (side !== 112 && side !== 168) throw new SightlineError('bad_input', `side ${String(side)} is not 112 or 168`)
  const ranges = { moves, counted }
  for (const [name, [low, high]] of Object.entries(ranges)) {
    if (!Number.isInteger(low) || !Number.isInteger(high) || low < 1 || high > 9 || low > high) {
      throw new SightlineError('bad_input', `${name} [${low}, ${high}] must be whole numbers with 1 <= low <= high <= 9`)
    }
  }
}

/**
 * Item `index` of the endless stream (`generator`, `seed`): the same three give the same question, picture and teacher
 * paths, so a generation that was interrupted goes on at any index.
 * @throws SightlineError bad_input for options outside their range.
 */
export function generateItem(
  generator: GeneratorName, seed: number, index: number, options: Partial<GeneratorOptions> = {}
): SyntheticItem {
  const full = { ...defaultOptions, ...options }
  check(full)
  const made = MAKERS[generator](Random.seeded(seed, `${generator} ${index}`), full)
  return { ...made, dataType: 'image', origin: { kind: 'synthetic', generator, seed, index } }
}
