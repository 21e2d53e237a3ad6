import type { DrawOp } from '#shared/domain/drawOp.ts'
import { applyDiff, diffBetween } from './diff.ts'
import { type PathDiff, type PathDocument, shapesOf } from './pathDocument.ts'

/**
 * Completes an edit that adds or removes pictures: later shapes follow the picture they were drawn on to its new number, and
 * those on a picture that is gone go back to the one it was a copy of. The same rule draws the stored copy (rollout/editPath).
 * @param given how many pictures the item has
 * @param draws whether a step's operations made pictures: not so where the model wrote ones that could not be drawn
 */
export function followPictures(document: PathDocument, diff: PathDiff, given: number, draws: (step: number) => boolean): PathDiff {
  const edited = applyDiff(document, diff)
  const touched = new Set([...diff.added, ...diff.removed, ...diff.updated.flat()].flatMap((record) => record.type === 'shape' ? [record.step] : []))
  const followed = new Map(edited)
  const moved = new Map<number, number>()
  let [before, after] = [given, given]
  for (const step of stepsOf(document, edited)) {
    const opsBefore = shapesOf(document, step).map(({ op }) => op)
    const ops = shapesOf(edited, step).map((shape) => {
      const imageIndex = moved.get(shape.op.imageIndex) ?? shape.op.imageIndex
      if (imageIndex === shape.op.imageIndex) return shape.op
      const op = { ...shape.op, imageIndex }
      followed.set(shape.id, { ...shape, op })
      return op
    })
    const made = draws(step) || touched.has(step) ? sourcesOf(ops) : []
    for (const [i, source] of (draws(step) ? sourcesOf(opsBefore) : []).entries()) {
      const now = moved.get(source) ?? source
      moved.set(before + i + 1, made.includes(now) ? after + made.indexOf(now) + 1 : now)
    }
    if (draws(step)) before += sourcesOf(opsBefore).length
    after += made.length
  }
  return diffBetween(document, followed)
}

/** The pictures a step draws on, in the order in which their copies are made: boxes first, then lines. */
function sourcesOf(ops: readonly DrawOp[]): number[] {
  return [...new Set([...ops.filter(({ kind }) => kind === 'box'), ...ops.filter(({ kind }) => kind === 'line')].map(({ imageIndex }) => imageIndex))]
}

function stepsOf(...documents: PathDocument[]): number[] {
  const steps = documents.flatMap((document) => [...document.values()].flatMap((record) => 'step' in record ? [record.step] : []))
  return [...new Set(steps)].sort((a, b) => a - b)
}
