import { Random } from '#shared/domain/random.ts'
import type { SceneObject } from './scene.ts'
import { boxTeacher, boxTruth, nameOf, paintScene, placeObjects } from './scene.ts'
import type { GeneratorOptions, MadeItem } from './syntheticItem.ts'

/** Answers by coordinate (0 = column, 1 = row): what the first object is when its coordinate is less, and when it is more. */
const SIDES = [['left', 'right'], ['above', 'below']] as const

const AXIS_NAMES = ['column', 'row'] as const

/** Columns and rows from 1. */
const placeOf = (object: SceneObject) => `The ${nameOf(object)} is in column ${object.cell[0] + 1} row ${object.cell[1] + 1}.`

interface Comparison {
  named: SceneObject[]
  question: string
  options: string[]
  answer: string
  /** Where each object is, said before the boxes; the comparison, said before the answer: a tiny model cannot do it silently. */
  look: string
  conclude: string
  tag: string
}

function directional(objects: readonly SceneObject[], random: Random): Comparison | null {
  const [first, second] = random.shuffled(objects) as [SceneObject, SceneObject]
  const axis = random.pick([0, 1] as const)
  const difference = first.cell[axis] - second.cell[axis]
  if (difference === 0) return null
  const [less, more] = SIDES[axis]
  const answer = difference < 0 ? less : more
  const [one, two] = [first, second].map((object) => `${AXIS_NAMES[axis]} ${object.cell[axis] + 1}`) as [string, string]
  const asked = axis === 0 ? 'left or right of' : 'above or below'
  return {
    named: [first, second],
    question: `Is the ${nameOf(first)} ${asked} the ${nameOf(second)}?`,
    options: [less, more],
    answer,
    look: [first, second].map(placeOf).join(' '),
    conclude: `Now ${one} is ${difference < 0 ? 'less' : 'more'} than ${two}: ${answer}.`,
    tag: axis === 0 ? 'left or right' : 'above or below'
  }
}

interface Distance {
  across: number
  down: number
  /** Cells walked. */
  walked: number
  straight: number
}

function distance(from: SceneObject, to: SceneObject): Distance {
  const across = Math.abs(from.cell[0] - to.cell[0])
  const down = Math.abs(from.cell[1] - to.cell[1])
  return { across, down, walked: across + down, straight: Math.hypot(across, down) }
}

/** Walked and straight distance must agree, so that the question has one answer however "closer" is read. */
function closer(objects: readonly SceneObject[], random: Random): Comparison | null {
  const [from, ...pair] = random.shuffled(objects).slice(0, 3) as [SceneObject, SceneObject, SceneObject]
  const [one, two] = pair.map((object) => distance(from, object)) as [Distance, Distance]
  if (Math.sign(one.walked - two.walked) !== Math.sign(one.straight - two.straight) || one.walked === two.walked) return null
  const [a, b] = pair as [SceneObject, SceneObject]
  const answer = nameOf(one.walked < two.walked ? a : b)
  const apart = (object: SceneObject, d: Distance) => `The ${nameOf(object)} is ${d.across} across, ${d.down} down, ${d.walked} away.`
  return {
    named: [from, a, b],
    question: `Which is closer to the ${nameOf(from)}: the ${nameOf(a)} or the ${nameOf(b)}?`,
    options: [nameOf(a), nameOf(b)],
    answer,
    look: [from, a, b].map(placeOf).join(' '),
    conclude: `${apart(a, one)} ${apart(b, two)} The ${answer} is closer.`,
    tag: 'closer'
  }
}

/** Left or right, above or below, or closer (one of two names): boxes on the named objects, labelled by their names. */
export function makeRelation(random: Random, { side }: GeneratorOptions): MadeItem {
  const compare = random.chance(0.3) ? closer : directional
  let objects = placeObjects(side, random.integer(3, 5), random)
  let made = compare(objects, random)
  while (made === null) {
    objects = placeObjects(side, objects.length, random)
    made = compare(objects, random)
  }
  const { named, question, options, answer, look, conclude, tag } = made
  const targets = named.map((object) => ({ object, label: nameOf(object) }))
  const script = { side, targets, look, conclude, answer }
  return {
    task: 'relation',
    questionType: 'multipleChoice',
    question,
    options,
    answer,
    truth: boxTruth(targets),
    tags: [tag],
    image: paintScene(side, objects),
    teacher: (kind, seed) => boxTeacher(script, kind, Random.seeded(seed, `relation teacher ${kind}`))
  }
}
