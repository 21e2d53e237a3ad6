import { Random } from '#shared/domain/random.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { alteredAnswers } from './alteredAnswer.ts'
import type { ScoredPath } from './rollouts.ts'
import { encodeAnswer, encodePath } from './samples.ts'
import type { EncodedPath, PathEncoder } from './samples.ts'
import type { TrainingLine } from './stages/context.ts'

/** A better and a worse response to one question; only what comes after their common beginning is a target. */
export interface EncodedPair {
  readonly chosen: EncodedPath
  readonly rejected: EncodedPath
}

export interface AlteringOptions {
  readonly seed: number
  /** Altered answers per question or path. */
  readonly count: number
}

/** The bare right answer of each question against altered ones. */
export function answerPairs(lines: readonly TrainingLine[], encoder: PathEncoder, { seed, count }: AlteringOptions): EncodedPair[] {
  return lines.flatMap(({ item }, index) => {
    const right = encodeAnswer(item, encoder)
    return alteredAnswers(item, count, Random.seeded(seed, `altered answer ${index}`))
      .flatMap((answer) => contrasted(right, encodeAnswer({ ...item, answer }, encoder)))
  })
}

/** Each written path that answers, against itself with another answer at its end. */
export function pathPairs(lines: readonly TrainingLine[], encoder: PathEncoder, { seed, count }: AlteringOptions): EncodedPair[] {
  return lines.flatMap(({ item, trajectories }, index) => trajectories.flatMap((path, place) => (
    alteredAnswers(item, count, Random.seeded(seed, `altered path ${index} ${place}`)).flatMap((answer) => {
      const rejected = withAnswer(path, answer)
      return rejected === null ? [] : contrasted(encodePath(item, path, encoder), encodePath(item, rejected, encoder))
    })
  )))
}

/** The best and the worst scored rollout of a group, the first of equals; null when there are no two of different reward. */
export function extremes(group: readonly ScoredPath[]): { chosen: Trajectory; rejected: Trajectory } | null {
  const scored = group.flatMap(({ trajectory, reward: { total } }) => total === null ? [] : [{ trajectory, total }])
  const best = scored.reduce((a, b) => b.total > a.total ? b : a, scored[0] ?? { trajectory: null, total: 0 })
  const worst = scored.reduce((a, b) => b.total < a.total ? b : a, scored[0] ?? { trajectory: null, total: 0 })
  if (best.trajectory === null || worst.trajectory === null || best.total === worst.total) return null
  return { chosen: best.trajectory, rejected: worst.trajectory }
}

/**
 * A pair without the targets its two responses share at the beginning: their log-probabilities are equal and cancel in the margin.
 * Empty when nothing tells the two apart.
 */
export function contrasted(chosen: EncodedPath, rejected: EncodedPath): EncodedPair[] {
  const shortest = Math.min(chosen.ids.length, rejected.ids.length)
  let shared = 0
  while (shared < shortest && chosen.ids[shared] === rejected.ids[shared]) shared++
  const own = (path: EncodedPath): EncodedPath => ({ ...path, loss: path.loss.map((weight, t) => t < shared ? 0 : weight) })
  const pair = { chosen: own(chosen), rejected: own(rejected) }
  return [pair.chosen, pair.rejected].some(({ loss }) => loss.some((weight) => weight > 0)) ? [pair] : []
}

/** The path with another answer in its last turn, its thoughts and drawings as they are; null when that turn gives none between tags. */
function withAnswer(path: Trajectory, answer: string): Trajectory | null {
  const last = path.steps.at(-1)
  const text = last?.text.replace(/<answer>(?![\s\S]*<answer>)[\s\S]*?<\/answer>/, () => `<answer> ${answer} </answer>`)
  if (last === undefined || text === undefined || text === last.text) return null
  return { ...path, answer, steps: [...path.steps.slice(0, -1), { ...last, text, action: { kind: 'answer', text: answer }, tokens: null }] }
}
