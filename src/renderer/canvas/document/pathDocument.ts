import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import { type Diff, type RecordMap } from './diff.ts'

/** One operation of one step, in the space it was written in (model pixels); `order` is its place in the step. */
export interface ShapeRecord { readonly type: 'shape'; readonly id: string; readonly step: number; readonly order: number; readonly op: DrawOp }
export interface ThoughtRecord { readonly type: 'thought'; readonly id: string; readonly step: number; readonly text: string }
export interface AnswerRecord { readonly type: 'answer'; readonly id: 'answer'; readonly text: string }
export type PathRecord = ShapeRecord | ThoughtRecord | AnswerRecord
export type PathDocument = RecordMap<PathRecord>
export type PathDiff = Diff<PathRecord>

const NOTHING = { added: [], removed: [], updated: [] } as const

export function thoughtId(step: number): string {
  return `thought:${step}`
}

/** The editable part of a path as records. */
export function documentOf(trajectory: Pick<Trajectory, 'steps' | 'answer'>): PathDocument {
  const records: PathRecord[] = []
  for (const [step, { thought, action }] of trajectory.steps.entries()) {
    records.push({ type: 'thought', id: thoughtId(step), step, text: thought })
    if (action.kind !== 'draw') continue
    for (const [order, op] of action.ops.entries()) records.push({ type: 'shape', id: `shape:${step}:${order}`, step, order, op })
  }
  if (trajectory.answer !== null) records.push({ type: 'answer', id: 'answer', text: trajectory.answer })
  return new Map(records.map((record) => [record.id, record]))
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

/** Adds an operation as the step's last one. */
export function addShape(document: PathDocument, step: number, op: DrawOp, id: string): PathDiff {
  const order = shapesOf(document, step).reduce((top, shape) => Math.max(top, shape.order + 1), 0)
  return { ...NOTHING, added: [{ type: 'shape', id, step, order, op }] }
}

/** Replaces a shape's operation; empty where nothing differs. */
export function changeShape(document: PathDocument, id: string, op: DrawOp): PathDiff {
  const before = document.get(id)
  if (before?.type !== 'shape' || sameOp(before.op, op)) return NOTHING
  return { ...NOTHING, updated: [[before, { ...before, op }]] }
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
  if (before === undefined) return { ...NOTHING, added: [{ type: 'answer', id: 'answer', text }] }
  if (before.type !== 'answer' || before.text === text) return NOTHING
  return { ...NOTHING, updated: [[before, { ...before, text }]] }
}

/** What the project must be told to get from `saved` to `current`; null when they say the same. */
export function editBetween(saved: PathDocument, current: PathDocument): Pick<TrajectoryEdit, 'steps' | 'answer'> | null {
  const steps: TrajectoryEdit['steps'] = []
  for (const index of stepsOf(saved, current)) {
    const ops = shapesOf(current, index).map((shape) => shape.op)
    const opsBefore = shapesOf(saved, index).map((shape) => shape.op)
    const thought = thoughtOf(current, index)
    const opsChanged = ops.length !== opsBefore.length || ops.some((op, i) => !sameOp(op, opsBefore[i]))
    const thoughtChanged = thought !== thoughtOf(saved, index)
    if (opsChanged || thoughtChanged) steps.push({ index, ...(opsChanged && { ops }), ...(thoughtChanged && { thought }) })
  }
  const answer = answerOf(current)
  const answerChanged = answer !== null && answer !== answerOf(saved)
  if (steps.length === 0 && !answerChanged) return null
  return { steps, ...(answerChanged && { answer }) }
}

function answerOf(document: PathDocument): string | null {
  const record = document.get('answer')
  return record?.type === 'answer' ? record.text : null
}

function stepsOf(...documents: PathDocument[]): number[] {
  const steps = new Set<number>()
  for (const document of documents) for (const record of document.values()) if (record.type !== 'answer') steps.add(record.step)
  return [...steps].sort((a, b) => a - b)
}

function sameOp(a: DrawOp, b: DrawOp | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(b)
}
