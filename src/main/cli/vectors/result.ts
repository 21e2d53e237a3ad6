import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { QuestionType } from '#shared/domain/datasetItem.ts'
import { z } from 'zod'

/** One compared case. `differs` passed by our rule where the reference's arithmetic decides otherwise; `detail` says why. */
export interface VectorResult {
  readonly file: string
  /** Which case of the file, 0-based, or its name. */
  readonly name: string
  readonly outcome: 'passed' | 'differs' | 'failed'
  readonly detail: string
}

/** What one kind of vector file checks; `folder` is where its pictures lie. */
export type VectorCheck = (file: string, content: unknown, folder: string) => Promise<VectorResult[]> | VectorResult[]

export function outcomeOf(file: string, name: string | number, problem: string | null): VectorResult {
  return { file, name: String(name), outcome: problem === null ? 'passed' : 'failed', detail: problem ?? '' }
}

const Numbers = z.array(z.number())
export const WireBox = z.object({ index: z.int().default(1), bbox_2d: Numbers.length(4), label: z.string() })
export const WireLine = z.object({ index: z.int().default(1), start_point_2d: Numbers.length(2), end_point_2d: Numbers.length(2), label: z.string() })

/** An operation as the wire format writes it, for comparing and for messages. */
export function toWire(op: DrawOp): z.infer<typeof WireBox> | z.infer<typeof WireLine> {
  const { imageIndex: index, label } = op
  return op.kind === 'box' ? { index, bbox_2d: [...op.box], label } : { index, start_point_2d: [...op.start], end_point_2d: [...op.end], label }
}

export function fromWire(wire: z.infer<typeof WireBox> | z.infer<typeof WireLine>): DrawOp {
  const shared = { imageIndex: wire.index, label: wire.label, space: 'model' as const }
  if ('bbox_2d' in wire) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = wire.bbox_2d
    return { kind: 'box', ...shared, box: [x1, y1, x2, y2] }
  }
  const [sx = 0, sy = 0] = wire.start_point_2d
  const [ex = 0, ey = 0] = wire.end_point_2d
  return { kind: 'line', ...shared, start: [sx, sy], end: [ex, ey] }
}

export const WireQuestionType = z.enum(['multiple choice', 'numerical', 'regression', 'free-form', 'vci'])

export function questionTypeOf(wire: z.infer<typeof WireQuestionType>): QuestionType {
  if (wire === 'multiple choice') return 'multipleChoice'
  return wire === 'free-form' ? 'freeForm' : wire
}
