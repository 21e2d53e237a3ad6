import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Frame } from './tools/adjust.ts'

/** A shape of the step as the canvas shows it, in model pixels. */
export interface SceneShape {
  readonly id: string
  readonly op: DrawOp
  readonly colour: string
  /** It reaches outside the picture. */
  readonly flagged: boolean
}

/** A shape before and after it was seen and moved, with how far the two are apart in words. */
export interface Comparison { readonly before: DrawOp; readonly after: DrawOp; readonly text: string }

/** Everything on the picture, in model pixels. */
export interface Scene {
  readonly frame: Frame
  readonly shapes: readonly SceneShape[]
  /** What the picture already carried before this step: shown, not editable. */
  readonly carried: readonly DrawOp[]
  /** What the model drew here before a person changed or removed it. */
  readonly ghosts: readonly DrawOp[]
  readonly compared: Comparison | null
  /** Of all of these, 0 to 1. */
  readonly opacity: number
}

/** Where model pixels lie on the screen: `zoom` screen pixels per model pixel, then the picture's top left corner. */
export interface Viewport { readonly zoom: number; readonly left: number; readonly top: number }

/** Outlines that stay readable on photographs and on flat drawings; by place in the step. */
const COLOURS = ['#ff5a5f', '#2fbf71', '#3f9bff', '#f2c230', '#ff8c42', '#f472b6', '#a78bfa', '#2ec4c6'] as const

export function colourAt(position: number): string {
  return COLOURS[position % COLOURS.length] ?? COLOURS[0]
}
