import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { rootsOf } from '#shared/geometry/revision.ts'
import type { PictureSizes } from '#shared/geometry/space.ts'

/** One picture of the dialogue, given or drawn, as the canvas needs it. */
export interface PathPicture {
  /** 1-based over the whole dialogue, as the path writes it. */
  readonly index: number
  /** The given picture it was drawn from, at full resolution and without any drawing. */
  readonly source: ImageRef
  /** The picture the model was shown: the given one, or the drawn one with its outlines in the pixels. */
  readonly seen: ImageRef
  readonly sizes: PictureSizes
  /** Shapes the picture already carries. */
  readonly carried: readonly DrawOp[]
  /** Index of the picture it was drawn on; null for a given one. */
  readonly drawnOn: number | null
}

/** Every picture that exists before step `step` (0-based) writes: the given ones, then the drawn ones in order. */
export function picturesBefore(trajectory: Pick<Trajectory, 'steps' | 'modelSizes'>, item: Pick<DatasetItem, 'images'>, step: number): PathPicture[] {
  const pictures = new Map<number, PathPicture>()
  for (const [i, source] of item.images.entries()) {
    const model = trajectory.modelSizes[i] ?? source
    pictures.set(i + 1, { index: i + 1, source, seen: source, sizes: { source, model }, carried: [], drawnOn: null })
  }
  for (const { observations } of trajectory.steps.slice(0, step)) {
    for (const { sourceIndex, newIndex, shapes, image } of observations) {
      const from = pictures.get(sourceIndex)
      if (from === undefined) continue
      pictures.set(newIndex, { ...from, index: newIndex, seen: image, carried: shapes, drawnOn: sourceIndex })
    }
  }
  return [...pictures.values()]
}

/** How many pictures are shown beside each other. */
export const VIEWS_BESIDE = 4

/**
 * One picture of each line that descends from a given one, in the order of those: the chosen picture for its own line, the newest for
 * the others. Of more lines than fit, the chosen one comes first, then those of the `wanted` pictures in their order.
 */
export function viewsBeside(pictures: readonly PathPicture[], chosen: number, wanted: readonly number[]): PathPicture[] {
  const root = rootsOf([{ observations: pictures.flatMap(({ index, drawnOn }) => drawnOn === null ? [] : [{ sourceIndex: drawnOn, newIndex: index }]) }])
  const lines = new Set([chosen, ...wanted, ...pictures.map(({ index }) => index)].filter((index) => index <= pictures.length).map(root))
  const kept = [...lines].slice(0, VIEWS_BESIDE).sort((a, b) => a - b)
  return kept.flatMap((line) => pictures.findLast(({ index }) => line === root(chosen) ? index === chosen : root(index) === line) ?? [])
}

/** The picture a step is about: the one its first operation names, else the newest. */
export function mainPictureOf(trajectory: Pick<Trajectory, 'steps'>, step: number, pictures: readonly PathPicture[]): number {
  const action = trajectory.steps[step]?.action
  const named = action?.kind === 'draw' ? action.ops[0]?.imageIndex : undefined
  return named !== undefined && pictures.some(({ index }) => index === named) ? named : pictures.at(-1)?.index ?? 1
}
