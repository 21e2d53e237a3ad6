import { Random } from '#shared/domain/random.ts'
import type { Cell } from './grid.ts'
import { freeCells } from './grid.ts'
import type { SceneObject } from './scene.ts'
import { boxTeacher, boxTruth, COLOUR_NAMES, inReadingOrder, paintScene, SHAPE_NAMES } from './scene.ts'
import type { GeneratorOptions, MadeItem } from './syntheticItem.ts'

/** "How many red shapes are there?": a box on each one in reading order, labelled 1, 2, ...; the answer is a number. */
export function makeCount(random: Random, { side, counted }: GeneratorOptions): MadeItem {
  const asked = random.pick(COLOUR_NAMES)
  const others = COLOUR_NAMES.filter((colour) => colour !== asked)
  const wanted = random.integer(counted[0], counted[1])
  const cells = freeCells(side, [], random).slice(0, wanted + random.integer(1, 4))
  const objects = cells.map((cell: Cell, i): SceneObject => {
    return { colour: i < wanted ? asked : random.pick(others), shape: random.pick(SHAPE_NAMES), cell }
  })
  const targets = inReadingOrder(objects.slice(0, wanted)).map((object, i) => ({ object, label: `${i + 1}` }))
  const answer = `${wanted}`
  const script = { side, targets, look: `Find the ${asked} shapes.`, conclude: `The last box is ${answer}.`, answer }
  return {
    task: 'count',
    questionType: 'numerical',
    question: `How many ${asked} shapes are there?`,
    options: null,
    answer,
    truth: boxTruth(targets),
    tags: [],
    image: paintScene(side, objects),
    teacher: (kind, seed) => boxTeacher(script, kind, Random.seeded(seed, `count teacher ${kind}`))
  }
}
