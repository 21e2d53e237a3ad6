import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ShapeMark, ShapeRecord } from '#shared/domain/pathRecord.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { apart, type Apart, revisionsOf, rootsOf } from '#shared/geometry/revision.ts'
import { type PathDocument, shapesOf } from '../../canvas/document/pathDocument.ts'

/** A revision of the open path by its shapes, with what the reviewer says of it: null is nothing yet. */
export interface FoundRevision {
  readonly from: string
  readonly to: string
  readonly fromStep: number
  readonly toStep: number
  readonly before: DrawOp
  readonly after: DrawOp
  /** The rule found it; else a person added it. */
  readonly found: boolean
  readonly real: boolean | null
  /** How far the two are apart, in model pixels where they are lines. */
  readonly apart: Apart | null
}

/** What the rule finds in the document as it stands, then what the reviewer added. */
export function revisionsIn(document: PathDocument, trajectory: Pick<Trajectory, 'steps'>, marks: readonly ShapeMark[]): FoundRevision[] {
  const shapes = trajectory.steps.map((_, step) => shapesOf(document, step))
  const steps = trajectory.steps.map(({ observations }, step) => ({ ops: (shapes[step] ?? []).map(({ op }) => op), observations }))
  const realOf = (from: string, to: string): boolean | null => marks.find((mark) => mark.from === from && mark.to === to)?.real ?? null
  const found = revisionsOf(steps).flatMap(({ from, to }) => {
    const [a, b] = [shapes[from.step]?.[from.op], shapes[to.step]?.[to.op]]
    return a === undefined || b === undefined ? [] : [between(a, b, true, realOf(a.id, b.id))]
  })
  const added = marks.flatMap(({ from, to, real }) => {
    const [a, b] = [document.get(from), document.get(to)]
    if (a?.type !== 'shape' || b?.type !== 'shape' || found.some((each) => each.from === from && each.to === to)) return []
    return [between(a, b, false, real)]
  })
  return [...found, ...added]
}

/** Earlier shapes of the same kind on the same given picture: what this one may be a second look at. */
export function earlierShapes(document: PathDocument, trajectory: Pick<Trajectory, 'steps'>, shape: ShapeRecord): ShapeRecord[] {
  const root = rootsOf(trajectory.steps)
  return trajectory.steps.slice(0, shape.step).flatMap((_, step) => shapesOf(document, step))
    .filter(({ op }) => op.kind === shape.op.kind && root(op.imageIndex) === root(shape.op.imageIndex))
}

/** The marks after one more word: `real` null takes it back. */
export function markedWith(marks: readonly ShapeMark[], from: string, to: string, real: boolean | null): ShapeMark[] {
  const others = marks.filter((mark) => mark.from !== from || mark.to !== to)
  return real === null ? others : [...others, { from, to, real }]
}

/** What the marks say of the path as a whole: one real revision makes it reflective, all refused make it not. */
export function reflectiveBy(revisions: readonly Pick<FoundRevision, 'real'>[]): boolean | null {
  if (revisions.some(({ real }) => real === true)) return true
  return revisions.length > 0 && revisions.every(({ real }) => real === false) ? false : null
}

export function revisionName(revision: Pick<FoundRevision, 'from' | 'to'> | null): string {
  return revision === null ? '' : `${revision.from} > ${revision.to}`
}

function between(a: ShapeRecord, b: ShapeRecord, found: boolean, real: boolean | null): FoundRevision {
  return { from: a.id, to: b.id, fromStep: a.step, toStep: b.step, before: a.op, after: b.op, found, real, apart: apart(a.op, b.op) }
}

/** How far two shapes are apart, in the words of the language in use. */
export function apartText(far: Apart | null, t: (key: string, values: Record<string, string>) => string): string {
  if (far === null) return ''
  return 'iou' in far ? `IoU ${far.iou.toFixed(2)}` : t('revision.ends', { start: far.start.toFixed(0), end: far.end.toFixed(0) })
}
