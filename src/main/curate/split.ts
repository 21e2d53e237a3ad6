import { createHash } from 'node:crypto'
import type { Split } from '#shared/domain/datasetItem.ts'
import type { BlobId } from '#shared/domain/ids.ts'
import { itemsSharingPictures, setSplits } from '../store/splits.ts'
import type { ProjectWriter } from '../store/project.ts'

/** Shares of the three splits (they sum to 1) and the seed of the draw. */
export interface SplitPolicy {
  seed: number
  train: number
  validation: number
}

export const DEFAULT_SPLITS: SplitPolicy = { seed: 0, train: 0.8, validation: 0.1 }

/** The split of a picture: a uniform draw fixed by seed and content, so it is the same in every project and order. */
export function splitOfContent(key: string, policy: SplitPolicy): Split {
  const hash = createHash('sha256').update(`${policy.seed} ${key}`).digest()
  const draw = hash.readUIntBE(0, 6) / 2 ** 48
  if (draw < policy.train) return 'train'
  return draw < policy.train + policy.validation ? 'validation' : 'test'
}

/**
 * The split for a new item over these pictures, such that no picture is ever in two splits: the split its pictures
 * are in already, else the one its record names, else a draw by its smallest blob. Where the item joins pictures of different splits, all items
 * connected to it move to `train`, because a picture a model may have learnt from must not test it.
 */
export function placeItem(project: ProjectWriter, blobs: readonly BlobId[], policy: SplitPolicy, named: Split | null = null): Split {
  const neighbours = itemsSharingPictures(project, blobs)
  const splits = new Set(neighbours.map(({ split }) => split))
  const [only] = splits
  if (only === undefined) return named ?? splitOfContent([...blobs].sort()[0] ?? '', policy)
  if (splits.size === 1) return only
  setSplits(project, neighbours.map(({ key }) => key), 'train')
  return 'train'
}
