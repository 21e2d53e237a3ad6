import type { DrawOp } from '#shared/domain/drawOp.ts'
import { type Four, spanOf, type Spot } from './adjust.ts'
import { shapesTouching } from './hit.ts'

interface ShapeWithId { readonly id: string; readonly op: DrawOp }

/** A rectangle being drawn around shapes. `kept`: what stays chosen. `adding`: a press alone puts the shape under it (`hit`) in or out. */
interface Marquee { readonly from: Spot; readonly to: Spot; readonly kept: readonly string[]; readonly adding: boolean; readonly hit: string | null }

/** Several chosen shapes under way: `span` is the rectangle around them, `by` how far they are. */
interface Carry { readonly from: Spot; readonly hit: string; readonly span: Four; readonly by: Spot }

/** What a gesture came to: other shapes are chosen, or the chosen ones go elsewhere. */
export type Outcome = { readonly kind: 'chosen'; readonly ids: readonly string[] } | { readonly kind: 'carried'; readonly by: Spot }

const NOWHERE: Spot = { x: 0, y: 0 }

/** Choosing several shapes with the pointer and carrying them, without a view; places are in model pixels. */
export class Choosing {
  #marquee: Marquee | null = null
  #carry: Carry | null = null

  /** The rectangle drawn so far. */
  get area(): Four | null {
    return this.#marquee === null ? null : [this.#marquee.from.x, this.#marquee.from.y, this.#marquee.to.x, this.#marquee.to.y]
  }

  /** How far the chosen shapes are carried. */
  get by(): Spot {
    return this.#carry?.by ?? NOWHERE
  }

  /** @param adding what is chosen stays so (Shift) */
  surround(from: Spot, chosen: readonly string[], adding: boolean, hit: string | null): void {
    this.#marquee = { from, to: from, kept: adding ? chosen : [], adding, hit }
  }

  carry(from: Spot, hit: string, ops: readonly DrawOp[]): void {
    this.#carry = { from, hit, span: spanOf(ops), by: NOWHERE }
  }

  /**
   * The pointer moved; answers whether a gesture is on.
   * @param slip a shorter way than this is no drag
   * @param snapped where a rectangle goes that is carried as a whole
   */
  move(to: Spot, slip: number, snapped: (span: Four) => Four): boolean {
    if (this.#marquee !== null) this.#marquee = { ...this.#marquee, to }
    if (this.#carry === null) return this.#marquee !== null
    const { from, span: [x1, y1, x2, y2], by } = this.#carry
    const [dx, dy] = [to.x - from.x, to.y - from.y]
    if (by === NOWHERE && Math.max(Math.abs(dx), Math.abs(dy)) <= slip) return true
    const [left, top] = snapped([x1 + dx, y1 + dy, x2 + dx, y2 + dy])
    this.#carry = { ...this.#carry, by: { x: left - x1, y: top - y1 } }
    return true
  }

  /** The pointer let go. Pressed without a drag, the one of several shapes under it is chosen alone; null where no gesture was on. */
  end(shapes: readonly ShapeWithId[], slip: number): Outcome | null {
    const [marquee, carry] = [this.#marquee, this.#carry]
    this.cancel()
    if (marquee !== null) return { kind: 'chosen', ids: chosenBy(marquee, shapes, slip) }
    if (carry === null) return null
    return carry.by === NOWHERE ? { kind: 'chosen', ids: [carry.hit] } : { kind: 'carried', by: carry.by }
  }

  /** Breaks the gesture off; false where none was on. */
  cancel(): boolean {
    const was = this.#marquee !== null || this.#carry !== null
    this.#marquee = null
    this.#carry = null
    return was
  }
}

/** The chosen shapes with one more, which comes last, or without it. */
export function toggled(chosen: readonly string[], id: string): string[] {
  return chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]
}

function chosenBy({ from, to, kept, adding, hit }: Marquee, shapes: readonly ShapeWithId[], slip: number): string[] {
  if (Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)) <= slip) return adding && hit !== null ? toggled(kept, hit) : [...kept]
  const before = new Set(kept)
  return [...kept, ...shapesTouching(shapes, [from.x, from.y, to.x, to.y]).map(({ id }) => id).filter((id) => !before.has(id))]
}
