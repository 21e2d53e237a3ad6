import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'

/**
 * An assistant turn in the wire format of METHOD.md section 1; `parseTurn` reads back the same thought and operations.
 * Coordinates are written as given (model pixels).
 */
export function writeDrawTurn(thought: string, tool: string, ops: readonly DrawOp[]): string {
  return `<think> ${thought} </think> Action: ${tool}\n\`\`\`json\n[${ops.map(writeOp).join(', ')}]\n\`\`\``
}

export function writeAnswerTurn(thought: string, answer: string): string {
  return `<think> ${thought} </think> Action: Answer\n<answer> ${answer} </answer>`
}

/** The tool's name for operations nobody named one for: lines alone are the path tracer's. */
export function toolFor(ops: readonly DrawOp[]): string {
  return ops.every((op) => op.kind === 'line') ? 'Path Tracer' : 'Object Mapper'
}

function writeOp(op: DrawOp): string {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const label = JSON.stringify(op.label)
  return op.kind === 'box'
    ? `{"index": ${op.imageIndex}, "bbox_2d": [${x1}, ${y1}, ${x2}, ${y2}], "label": ${label}}`
    : `{"index": ${op.imageIndex}, "start_point_2d": [${x1}, ${y1}], "end_point_2d": [${x2}, ${y2}], "label": ${label}}`
}
