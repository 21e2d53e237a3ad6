import type { TPointerEvent } from 'fabric'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Viewport } from '../scene.ts'
import type { Four, Frame, Spot } from '../tools/adjust.ts'
import { type Guides, NO_GUIDES, snapMove, snapSpot, type SnapTargets, snapTargets } from '../tools/snap.ts'

const GUIDE = '#ff3ea5'

/** What there is to snap to, and how near (model pixels) the pointer must come. */
interface Surroundings { readonly shapes: readonly DrawOp[]; readonly frame: Frame; readonly reach: number }

/** Snapping during one gesture: targets are gathered at its first move, guides are those of the last. Ctrl switches it off. */
export class Snapping {
  on = true
  readonly #around: () => Surroundings
  #targets: SnapTargets | null = null
  #guides: Guides = NO_GUIDES

  constructor(around: () => Surroundings) {
    this.#around = around
  }

  get guides(): Guides {
    return this.#guides
  }

  /** Where a corner or an end goes that the pointer drags. */
  spot(at: Spot, event: TPointerEvent): Spot {
    if (!this.#applies(event)) return at
    const { spot, guides } = snapSpot(at, this.#gathered(), this.#around().reach)
    this.#guides = guides
    return spot
  }

  /** Where a shape goes that is carried as a whole. */
  carried(four: Four, event: TPointerEvent): Four {
    if (!this.#applies(event)) return four
    const snapped = snapMove(four, this.#gathered(), this.#around().reach)
    this.#guides = snapped.guides
    return snapped.four
  }

  /** The gesture is over. */
  end(): void {
    this.#targets = null
    this.#guides = NO_GUIDES
  }

  #applies(event: TPointerEvent): boolean {
    if (this.on && !event.ctrlKey && !event.metaKey) return true
    this.#guides = NO_GUIDES
    return false
  }

  #gathered(): SnapTargets {
    if (this.#targets === null) {
      const { shapes, frame } = this.#around()
      this.#targets = snapTargets(shapes, frame)
    }
    return this.#targets
  }
}

/** Lines through what a gesture snapped to, across the view. */
export function paintGuides(context: CanvasRenderingContext2D, { x, y, place }: Guides, { zoom, left, top }: Viewport, size: Frame): void {
  if (x === null && y === null) return
  const [atX, atY] = [(x ?? 0) * zoom + left, (y ?? 0) * zoom + top]
  context.strokeStyle = GUIDE
  context.lineWidth = 1
  context.beginPath()
  if (x !== null) {
    context.moveTo(atX, 0)
    context.lineTo(atX, size.height)
  }
  if (y !== null) {
    context.moveTo(0, atY)
    context.lineTo(size.width, atY)
  }
  context.stroke()
  if (!place) return
  context.beginPath()
  context.arc(atX, atY, 5, 0, 2 * Math.PI)
  context.stroke()
}
