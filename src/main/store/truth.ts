import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'

/** Ground truth after an item's pictures were reordered, added or removed: shapes follow their picture and go with it. */
export function renumberTruth(truth: readonly DrawOp[], before: readonly ImageRef[], after: readonly ImageRef[]): DrawOp[] {
  const places = placesOf(before, after)
  return truth.flatMap((op) => {
    const place = places[op.imageIndex - 1]
    return place === undefined || place < 0 ? [] : [{ ...op, imageIndex: place + 1 }]
  })
}

/** Where each picture of `before` is in `after`; -1 where it is gone. Of equal pictures the first takes the first place. */
function placesOf(before: readonly ImageRef[], after: readonly ImageRef[]): number[] {
  const names: (string | null)[] = after.map((image) => JSON.stringify(image))
  return before.map((image) => {
    const place = names.indexOf(JSON.stringify(image))
    if (place >= 0) names[place] = null
    return place
  })
}
