import { Random } from '#shared/domain/random.ts'
import type { Draw, Lesson } from './lesson.ts'
import { mazeLesson } from './mazeLesson.ts'
import { sceneLesson } from './sceneLesson.ts'
import { textLesson } from './textLesson.ts'

/** Shares of the base training. Text is always mixed in: alone it would wash out what was learnt of pictures. */
const SHARES = [
  { share: 0.45, make: sceneLesson },
  { share: 0.2, make: mazeLesson },
  { share: 0.35, make: textLesson }
] as const

/** Lesson `index` of the stream `seed`: the same every time, so training resumes at any index. */
export function lessonAt(seed: number, index: number, draw: Draw): Lesson {
  const random = Random.seeded(seed, `lesson ${index}`)
  let chance = random.uniform()
  for (const { share, make } of SHARES) {
    if (chance < share) return make(random, draw)
    chance -= share
  }
  return textLesson(random)
}
