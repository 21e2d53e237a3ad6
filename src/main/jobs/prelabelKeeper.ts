import type { ItemId, PrelabelId } from '#shared/domain/ids.ts'
import type { KeepRule } from '#shared/contract/prelabel.ts'
import type { ProjectWriter } from '../store/project.ts'
import { finishItem, isStoredSample } from '../store/prelabels.ts'
import { storePath, type ScoredPath } from './storePath.ts'

export interface KeeperOptions {
  readonly id: PrelabelId
  readonly samples: number
  readonly keep: KeepRule
  /** Told of each stored path. */
  onStored(path: ScoredPath): void
}

/**
 * Stores what is written for a pre-labelling as its rule says, and notes an item as done once all its samples came. Under `best` an
 * item's samples are held until its last; otherwise each is stored as it comes.
 */
export class PrelabelKeeper {
  readonly #project: ProjectWriter
  readonly #options: KeeperOptions
  readonly #came = new Map<ItemId, { count: number; failed: boolean; best: ScoredPath | null }>()

  constructor(project: ProjectWriter, options: KeeperOptions) {
    this.#project = project
    this.#options = options
  }

  take(path: ScoredPath): void {
    const { keep } = this.#options
    if (keep === 'best') {
      const item = this.#itemOf(path.trajectory.itemId)
      if (item.best === null || isBetter(path, item.best)) item.best = path
    } else if (keep === 'all' || (path.reward.correct ?? 0) > 0) this.#store(path)
    this.#count(path.trajectory.itemId)
  }

  /** A sample that could not be written: its item stays open, to be asked again. */
  fail(itemId: ItemId): void {
    this.#itemOf(itemId).failed = true
    this.#count(itemId)
  }

  #count(itemId: ItemId): void {
    const item = this.#itemOf(itemId)
    if (++item.count < this.#options.samples) return
    this.#came.delete(itemId)
    if (item.failed) return
    this.#project.transaction(() => {
      if (item.best !== null) this.#store(item.best)
      finishItem(this.#project, this.#options.id, itemId)
    })
  }

  #store(path: ScoredPath): void {
    const { id, onStored } = this.#options
    if (isStoredSample(this.#project, id, path.trajectory)) return
    storePath(this.#project, path, { prelabelId: id })
    onStored(path)
  }

  #itemOf(itemId: ItemId): { count: number; failed: boolean; best: ScoredPath | null } {
    const item = this.#came.get(itemId) ?? { count: 0, failed: false, best: null }
    this.#came.set(itemId, item)
    return item
  }
}

/** By reward (unscored last), then by the shorter path, then by the earlier sample. */
function isBetter(a: ScoredPath, b: ScoredPath): boolean {
  const total = ({ reward }: ScoredPath): number => reward.total ?? -Infinity
  if (total(a) !== total(b)) return total(a) > total(b)
  const [steps, others] = [a.trajectory.steps.length, b.trajectory.steps.length]
  return steps === others ? sampleOf(a) < sampleOf(b) : steps < others
}

function sampleOf({ trajectory: { origin } }: ScoredPath): number {
  return origin.kind === 'model' ? origin.groupIndex : origin.kind === 'teacher' ? origin.seed : 0
}
