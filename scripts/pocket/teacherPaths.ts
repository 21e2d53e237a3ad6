import { generateItem } from '#main/curate/synthetic/generate.ts'
import type { GeneratorName, SyntheticItem, TeacherKind } from '#main/curate/synthetic/syntheticItem.ts'
import type { EpisodeOptions } from '#main/rollout/episode.ts'
import { advance, startEpisode } from '#main/rollout/episode.ts'
import { renderQuestion } from '#main/rollout/prompt.ts'
import type { PromptPreset } from '#main/rollout/prompt.ts'
import { Random } from '#shared/domain/random.ts'
import type { LessonTurn } from './lessons/lesson.ts'

/** A share of the questions for each generator; they add up to 1. */
export type Mix = Readonly<Record<GeneratorName, number>>

/** Item `index` of a mixed stream. */
export function mixedItem(mix: Mix, seed: number, index: number): SyntheticItem {
  const chance = Random.seeded(seed, `mix ${index}`).uniform()
  if (chance < mix.maze) return generateItem('maze', seed, index)
  return generateItem(chance < mix.maze + mix.count ? 'count' : 'relation', seed, index)
}

/** Which of a stream's paths are reflective: the same for the same seed and index. */
export function teacherKind(share: number, seed: number, index: number): TeacherKind {
  return Random.seeded(seed, `kind ${index}`).chance(share) ? 'reflective' : 'plain'
}

/** A scripted path played through the rollout's own parser and drawing, as the turns of one dialogue. */
export function teacherTurns(item: SyntheticItem, kind: TeacherKind, seed: number, options: EpisodeOptions): LessonTurn[] {
  const turns: LessonTurn[] = []
  let { episode, next }: ReturnType<typeof advance> = startEpisode(item, [item.image], options)
  for (const { text } of item.teacher(kind, seed)) {
    if (next === null) throw new RangeError(`the path of '${item.question}' ended early: ${episode.finish?.reason ?? ''}`)
    turns.push({ user: next.text, images: [...next.images], assistant: text })
    ;({ episode, next } = advance(episode, { text, promptIds: [], responseIds: [], logProbs: [], entropies: [], ending: 'stop' }))
  }
  return turns
}

/** The same question with its bare answer: the baseline that may not draw. */
export function answerTurns(item: SyntheticItem, preset: PromptPreset): LessonTurn[] {
  return [{ user: renderQuestion(item, [item.image], preset), images: [item.image], assistant: item.answer }]
}
