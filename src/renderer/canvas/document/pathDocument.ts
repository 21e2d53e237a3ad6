import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { EditHistory } from '#shared/domain/editHistory.ts'
import type { CutRecord, PathRecord, ShapeRecord, StatementRecord } from '#shared/domain/pathRecord.ts'
import type { OperationPlace, ReviewStatement, StepVerdict } from '#shared/domain/review.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import { type Diff, isEmpty, type RecordMap } from './diff.ts'

export type PathDocument = RecordMap<PathRecord>
export type PathDiff = Diff<PathRecord>
/** What an edit sends of the path itself. */
export type PathChange = Pick<TrajectoryEdit, 'steps' | 'answer' | 'keepSteps'>

export const NOTHING: PathDiff = { added: [], removed: [], updated: [] }
export const NO_STATEMENT: ReviewStatement = { verdict: null, reflective: null, comment: '', revisions: [], steps: [] }

export function thoughtId(step: number): string {
  return `thought:${step}`
}

/**
 * The editable part of a path, and what its reviewer says about it, as records.
 * @param places the ids its shapes had when they were last edited; ignored where they do not fit the path
 */
export function documentOf(
  trajectory: Pick<Trajectory, 'steps' | 'answer' | 'finishReason'>, statement: ReviewStatement = NO_STATEMENT, places: EditHistory['shapes'] = []
): PathDocument {
  const records: PathRecord[] = []
  for (const [step, { thought, action }] of trajectory.steps.entries()) {
    records.push({ type: 'thought', id: thoughtId(step), step, text: thought })
    if (action.kind !== 'draw') continue
    const known = places.filter((place) => place.step === step).sort((a, b) => a.order - b.order)
    const fits = known.length === action.ops.length
    for (const [order, op] of action.ops.entries()) {
      const place = fits ? known[order] : undefined
      records.push({ type: 'shape', id: place?.id ?? `shape:${step}:${order}`, step, order: place?.order ?? order, op })
    }
  }
  if (trajectory.answer !== null) records.push({ type: 'answer', id: 'answer', text: trajectory.answer })
  if (trajectory.finishReason === 'cut') records.push({ type: 'cut', id: 'cut', keepSteps: trajectory.steps.length })
  const shapes = new Map(records.map((record) => [record.id, record]))
  const { verdict, reflective, comment, revisions, steps } = statement
  const marks = revisions.flatMap(({ from, to, real }) => {
    const [a, b] = [shapeAt(shapes, from), shapeAt(shapes, to)]
    return a === undefined || b === undefined ? [] : [{ from: a.id, to: b.id, real }]
  })
  return shapes.set('statement', { type: 'statement', id: 'statement', verdict, reflective, comment, marks, steps })
}

/** The shapes of a step in writing order, on one image or on all. */
export function shapesOf(document: PathDocument, step: number, imageIndex: number | null = null): ShapeRecord[] {
  const shapes: ShapeRecord[] = []
  for (const record of document.values()) {
    if (record.type !== 'shape' || record.step !== step) continue
    if (imageIndex === null || record.op.imageIndex === imageIndex) shapes.push(record)
  }
  return shapes.sort((a, b) => a.order - b.order)
}

export function thoughtOf(document: PathDocument, step: number): string {
  const record = document.get(thoughtId(step))
  return record?.type === 'thought' ? record.text : ''
}

export function statementRecord(document: PathDocument): StatementRecord {
  const record = document.get('statement')
  return record?.type === 'statement' ? record : { type: 'statement', id: 'statement', verdict: null, reflective: null, comment: '', marks: [], steps: [] }
}

/** After how many steps a person ended the path; null: it goes on to its own end. */
export function keptSteps(document: PathDocument): number | null {
  const record = document.get('cut')
  return record?.type === 'cut' ? record.keepSteps : null
}

/** The statement as it is stored: marks by the places their shapes now have, those on removed shapes left out. */
export function statementOf(document: PathDocument): ReviewStatement {
  const { verdict, reflective, comment, marks, steps } = statementRecord(document)
  const revisions = marks.flatMap(({ from, to, real }) => {
    const [a, b] = [placeOf(document, from), placeOf(document, to)]
    return a === null || b === null ? [] : [{ from: a, to: b, real }]
  })
  return { verdict, reflective, comment, revisions, steps: [...steps] }
}

/** Adds operations, in this order, as the step's last ones. */
export function addShapes(document: PathDocument, step: number, shapes: readonly { readonly id: string; readonly op: DrawOp }[]): PathDiff {
  const order = shapesOf(document, step).reduce((top, shape) => Math.max(top, shape.order + 1), 0)
  return { ...NOTHING, added: shapes.map(({ id, op }, i) => ({ type: 'shape', id, step, order: order + i, op })) }
}

/** Replaces the operations of shapes, by their ids; empty where nothing differs. */
export function changeShapes(document: PathDocument, ops: ReadonlyMap<string, DrawOp>): PathDiff {
  const updated: [ShapeRecord, ShapeRecord][] = []
  for (const [id, op] of ops) {
    const before = document.get(id)
    if (before?.type === 'shape' && !sameOp(before.op, op)) updated.push([before, { ...before, op }])
  }
  return updated.length === 0 ? NOTHING : { ...NOTHING, updated }
}

/** Swaps a shape with the one written just before (-1) or after it (1) on the same image. */
export function reorderShape(document: PathDocument, id: string, by: -1 | 1): PathDiff {
  const shape = document.get(id)
  if (shape?.type !== 'shape') return NOTHING
  const row = shapesOf(document, shape.step, shape.op.imageIndex)
  const other = row[row.findIndex((each) => each.id === id) + by]
  if (other === undefined) return NOTHING
  return { ...NOTHING, updated: [[shape, { ...shape, order: other.order }], [other, { ...other, order: shape.order }]] }
}

export function removeShapes(document: PathDocument, ids: readonly string[]): PathDiff {
  return { ...NOTHING, removed: ids.flatMap((id) => document.get(id) ?? []) }
}

export function changeThought(document: PathDocument, step: number, text: string): PathDiff {
  const before = document.get(thoughtId(step))
  if (before?.type !== 'thought' || before.text === text) return NOTHING
  return { ...NOTHING, updated: [[before, { ...before, text }]] }
}

export function changeAnswer(document: PathDocument, text: string): PathDiff {
  const before = document.get('answer')
  if (keptSteps(document) !== null) return NOTHING
  if (before === undefined) return { ...NOTHING, added: [{ type: 'answer', id: 'answer', text }] }
  if (before.type !== 'answer' || before.text === text) return NOTHING
  return { ...NOTHING, updated: [[before, { ...before, text }]] }
}

/** Ends the path after `step` (0-based) and accepts what is left; empty where nothing comes after it. */
export function cutAfter(document: PathDocument, step: number): PathDiff {
  const removed = [...document.values()].filter((record) => record.type === 'answer' || ('step' in record && record.step > step))
  if (!removed.some((record) => record.type === 'thought')) return NOTHING
  const [before, statement] = [document.get('cut'), statementRecord(document)]
  const cut: CutRecord = { type: 'cut', id: 'cut', keepSteps: step + 1 }
  const accepted: PathDiff['updated'] = [[statement, { ...statement, verdict: 'accept', steps: statement.steps.filter((word) => word.step <= step) }]]
  return before === undefined ? { added: [cut], removed, updated: accepted } : { added: [], removed, updated: [[before, cut], ...accepted] }
}

export function changeStatement(document: PathDocument, change: Partial<Omit<StatementRecord, 'type' | 'id'>>): PathDiff {
  const before = statementRecord(document)
  const after = { ...before, ...change }
  return JSON.stringify(before) === JSON.stringify(after) ? NOTHING : { ...NOTHING, updated: [[before, after]] }
}

/** The reviewer's word on a step; null takes it back. */
export function stepsWith(steps: StatementRecord['steps'], step: number, said: Pick<StepVerdict, 'verdict' | 'comment'> | null): StatementRecord['steps'] {
  const others = steps.filter((word) => word.step !== step)
  return said === null ? others : [...others, { step, ...said }]
}

/** An edit of the path takes its verdict back, and those on the steps it changes: they were given to what these said before. */
export function withVerdictTaken(document: PathDocument, diff: PathDiff): PathDiff {
  const record = statementRecord(document)
  if (isEmpty(diff) || diff.updated.some(([before]) => before.type === 'statement')) return diff
  const changed = new Set([...diff.added, ...diff.removed, ...diff.updated.flat()].flatMap((each) => 'step' in each ? [each.step] : []))
  const steps = record.steps.filter(({ step }) => !changed.has(step))
  if (record.verdict === null && steps.length === record.steps.length) return diff
  return { ...diff, updated: [...diff.updated, [record, { ...record, verdict: null, steps }]] }
}

/** What the project must be told of the path to get from `saved` to `current`; null when they say the same. */
export function editBetween(saved: PathDocument, current: PathDocument): PathChange | null {
  const steps: TrajectoryEdit['steps'] = []
  const [keptBefore, kept] = [keptSteps(saved), keptSteps(current)]
  // Steps that one of the two does not have are cut off, or come back as they were.
  const common = Math.min(keptBefore ?? Infinity, kept ?? Infinity)
  for (const index of stepsOf(saved, current).filter((step) => step < common)) {
    const ops = shapesOf(current, index).map((shape) => shape.op)
    const opsBefore = shapesOf(saved, index).map((shape) => shape.op)
    const thought = thoughtOf(current, index)
    const opsChanged = ops.length !== opsBefore.length || ops.some((op, i) => !sameOp(op, opsBefore[i]))
    const thoughtChanged = thought !== thoughtOf(saved, index)
    if (opsChanged || thoughtChanged) steps.push({ index, ...(opsChanged && { ops }), ...(thoughtChanged && { thought }) })
  }
  const answer = answerOf(current)
  const cutChanged = kept !== keptBefore
  const answerChanged = !cutChanged && answer !== null && answer !== answerOf(saved)
  if (steps.length === 0 && !answerChanged && !cutChanged) return null
  return { steps, ...(answerChanged && { answer }), ...(cutChanged && { keepSteps: kept }) }
}

/** Ids and order of every shape, to find them again when the path is next opened. */
export function placesOf(document: PathDocument): EditHistory['shapes'] {
  return [...document.values()].flatMap((record) => record.type === 'shape' ? [{ id: record.id, step: record.step, order: record.order }] : [])
}

function answerOf(document: PathDocument): string | null {
  const record = document.get('answer')
  return record?.type === 'answer' ? record.text : null
}

function shapeAt(document: PathDocument, { step, op }: OperationPlace): ShapeRecord | undefined {
  return shapesOf(document, step)[op]
}

function placeOf(document: PathDocument, id: string): OperationPlace | null {
  const shape = document.get(id)
  if (shape?.type !== 'shape') return null
  return { step: shape.step, op: shapesOf(document, shape.step).findIndex((each) => each.id === id) }
}

function stepsOf(...documents: PathDocument[]): number[] {
  const steps = new Set<number>()
  for (const document of documents) for (const record of document.values()) if ('step' in record) steps.add(record.step)
  return [...steps].sort((a, b) => a - b)
}

function sameOp(a: DrawOp, b: DrawOp | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b)
}
