import { intersectionOverUnion } from '#shared/geometry/iou.ts'
import { CELL } from '#main/curate/synthetic/grid.ts'
import type { Box } from '#main/curate/synthetic/grid.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { TurnGenerator, TurnRequest } from '#main/rollout/turn.ts'
import type { Draw, LessonTurn } from './lessons/lesson.ts'
import { lessonAt } from './lessons/mix.ts'

/** Lessons the training never sees: its stream has another seed. */
const HELD_OUT_SEED = 900_001

/** What an answer has to meet: a box by IoU > 0.5, a point within half a cell, anything else word for word. */
export type AnswerKind = 'box' | 'point' | 'boxes' | 'name' | 'cell' | 'list' | 'text'

export type GroundingAccuracy = Partial<Record<AnswerKind, { right: number; asked: number }>>

const GREEDY: Sampling = {
  temperature: 0, topP: 1, topK: 0, seed: 0, maxTurnTokens: 120, maxTotalTokens: 400, maxTurns: 1, maxImages: 1, repeatTolerance: null
}

function kindOf({ user, images, assistant }: LessonTurn): AnswerKind {
  if (images.length === 0) return 'text'
  if (user.includes('Where are')) return 'boxes'
  if (assistant.startsWith('[')) return assistant.split(',').length === 4 ? 'box' : 'point'
  if (assistant.startsWith('It is')) return 'name'
  return assistant.startsWith('Here') ? 'list' : 'cell'
}

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number)
}

/** Whether `answer` is right for a question of this kind whose true answer is `truth`. */
export function isRight(kind: AnswerKind, answer: string, truth: string): boolean {
  const [said, meant] = [numbersIn(answer), numbersIn(truth)]
  if (kind === 'box') return said.length === 4 && intersectionOverUnion(said as Box, meant as Box) > 0.5
  if (kind === 'point') return said.length === 2 && said.every((value, i) => Math.abs(value - (meant[i] ?? NaN)) <= CELL / 2)
  return answer.trim() === truth
}

/** Questions of held-out lessons, each on its own with its picture in front. */
function heldOutQuestions(count: number, draw: Draw): LessonTurn[] {
  return Array.from({ length: count }, (_, index): LessonTurn => {
    const { turns } = lessonAt(HELD_OUT_SEED, index, draw)
    const [first, ...later] = turns as [LessonTurn, ...LessonTurn[]]
    const asked = later[index % Math.max(1, later.length)]
    if (asked === undefined || first.images.length === 0) return first
    return { ...asked, user: `<image>\n${asked.user}`, images: first.images }
  })
}

/** Greedy answers to `count` held-out questions, counted by what was asked for. */
export async function measureGrounding(generator: TurnGenerator, count: number, draw: Draw): Promise<GroundingAccuracy> {
  const questions = heldOutQuestions(count, draw)
  const requests = questions.map(({ user, images }, conversation): TurnRequest => {
    return { conversation, user: { system: null, text: user, images }, seed: conversation, maxTokens: GREEDY.maxTurnTokens }
  })
  const results = await generator.generate(requests, GREEDY)
  const found: GroundingAccuracy = {}
  questions.forEach((question, i) => {
    generator.close(i)
    const kind = kindOf(question)
    const tally = (found[kind] ??= { right: 0, asked: 0 })
    tally.asked++
    if (isRight(kind, results[i]?.text ?? '', question.assistant)) tally.right++
  })
  return found
}
