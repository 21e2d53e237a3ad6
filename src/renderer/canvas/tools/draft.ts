import type { BoundingBox, DrawOp, Line } from '#shared/domain/drawOp.ts'
import { type Frame, insideFrame, type Spot } from './adjust.ts'

/** A shape while the pointer is still down, in model pixels. */
export interface Draft { readonly kind: DrawOp['kind']; readonly from: Spot; readonly to: Spot }

export function startDraft(kind: DrawOp['kind'], at: Spot): Draft {
  return { kind, from: at, to: at }
}

/** `constrain` (Shift) squares a box and turns a line to the nearest eighth of a turn. */
export function moveDraft(draft: Draft, to: Spot, constrain = false): Draft {
  return { ...draft, to: constrain ? constrained(draft, to) : to }
}

/**
 * The operation a draft becomes; null when it is too small to be meant (a click, a slip).
 * @param smallest least width and height of a box, least length of a line, in model pixels
 */
export function finishDraft(draft: Draft, frame: Frame, smallest: number, imageIndex: number, label: string): DrawOp | null {
  const op = operationOf(draft, imageIndex, label)
  const { from, to } = draft
  const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)]
  const tooSmall = draft.kind === 'box' ? Math.min(width, height) < smallest : Math.hypot(width, height) < smallest
  return tooSmall ? null : insideFrame(op, frame)
}

function operationOf({ kind, from, to }: Draft, imageIndex: number, label: string): BoundingBox | Line {
  if (kind === 'line') return { kind, imageIndex, start: [from.x, from.y], end: [to.x, to.y], label, space: 'model' }
  const box: BoundingBox['box'] = [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.max(from.x, to.x), Math.max(from.y, to.y)]
  return { kind, imageIndex, box, label, space: 'model' }
}

function constrained({ kind, from }: Draft, to: Spot): Spot {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  if (kind === 'box') {
    const side = Math.max(Math.abs(dx), Math.abs(dy))
    return { x: from.x + side * (dx < 0 ? -1 : 1), y: from.y + side * (dy < 0 ? -1 : 1) }
  }
  const eighth = Math.PI / 4
  const angle = Math.round(Math.atan2(dy, dx) / eighth) * eighth
  const length = Math.hypot(dx, dy)
  return { x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle) }
}
