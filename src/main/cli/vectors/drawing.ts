import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { applyOperations, missingImages, startDrawing } from '../../rollout/draw.ts'
import { fromWire, outcomeOf, toWire, WireBox, WireLine, type VectorResult } from './result.ts'

const Observed = z.object({ source_index: z.int(), new_index: z.int(), boxes: z.array(WireBox), lines: z.array(WireLine) })
const DrawingCase = z.object({
  initial_images: z.int().positive(),
  steps: z.array(z.object({ ops: z.array(z.union([WireBox, WireLine])), observations: z.array(Observed) }))
})
const DrawingFile = z.object({ cases: z.array(DrawingCase) })

/** drawing.json: which new images every turn makes and what each carries, in order. */
export function checkDrawing(file: string, content: unknown): VectorResult[] {
  return DrawingFile.parse(content).cases.map((drawing, position) => outcomeOf(file, position, firstProblem(drawing)))
}

function firstProblem(drawing: z.infer<typeof DrawingCase>): string | null {
  let state = startDrawing(drawing.initial_images)
  for (const [turn, { ops, observations }] of drawing.steps.entries()) {
    const operations = ops.map(fromWire)
    const missing = missingImages(state, operations)
    if (missing.length > 0) return `turn ${turn + 1} names missing image ${missing.join(', ')}`
    const applied = applyOperations(state, operations)
    state = applied.state
    const made = applied.observations.map(({ sourceIndex, newIndex, shapes }) => ({
      source_index: sourceIndex,
      new_index: newIndex,
      boxes: shapes.filter(({ kind }) => kind === 'box').map(toWire),
      lines: shapes.filter(({ kind }) => kind === 'line').map(toWire)
    }))
    if (!isDeepStrictEqual(made, observations)) return `turn ${turn + 1}: expected ${JSON.stringify(observations)}, made ${JSON.stringify(made)}`
  }
  return null
}
