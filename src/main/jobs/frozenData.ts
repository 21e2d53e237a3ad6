import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ItemId, TrajectoryId } from '#shared/domain/ids.ts'
import type { DatasetLine } from '../engine/protocol.ts'
import { reviewOpinion } from '../reward/reviewRule.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { itemAt, itemOfPath } from '../store/itemVersions.ts'
import type { ProjectReader } from '../store/project.ts'
import { getReward } from '../store/rewards.ts'
import { getStanding, rejectedSteps } from '../store/reviews.ts'
import { getTrajectory } from '../store/trajectories.ts'

const LINES_PER_TURN = 64

/**
 * Writes the engine's input as JSON lines (DatasetLine: an item and its chosen paths), complete or not at all: what a run
 * learns from never changes under it, whatever is edited or imported meanwhile. `versions`: the version of each item to write, as a
 * dataset version names them; left out, the question as its paths know it, else as it is now. Yields to the event loop between batches.
 * @throws the signal's reason when aborted
 */
export async function freezeData(
  project: ProjectReader, file: string, members: DatasetMembers, signal?: AbortSignal, versions: ReadonlyMap<ItemId, number> = new Map()
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.part`
  const handle = await open(temporary, 'w')
  try {
    const entries = [...members]
    for (let from = 0; from < entries.length; from += LINES_PER_TURN) {
      signal?.throwIfAborted()
      const lines = entries.slice(from, from + LINES_PER_TURN).map(([itemId, paths]) => {
        return `${JSON.stringify(lineOf(project, itemId, paths, versions.get(itemId)))}\n`
      })
      await handle.write(lines.join(''))
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

function lineOf(project: ProjectReader, itemId: ItemId, paths: readonly TrajectoryId[], version: number | undefined): DatasetLine {
  const trajectories = paths.map((id) => getTrajectory(project, id))
  const opinions = trajectories.flatMap(({ id, finishReason }) => {
    const opinion = reviewOpinion({ ...getStanding(project, id), reward: getReward(project, id), finishReason })
    return opinion === null ? [] : [[id, opinion] as const]
  })
  const item = version === undefined ? itemOfPath(project, { itemId, itemVersion: trajectories[0]?.itemVersion }) : itemAt(project, itemId, version)
  const line: DatasetLine = { item, trajectories }
  const rejected = paths.flatMap((id) => {
    const steps = rejectedSteps(project, id)
    return steps.length === 0 ? [] : [[id, steps] as const]
  })
  return {
    ...line, ...(opinions.length === 0 ? {} : { opinions: Object.fromEntries(opinions) }), ...(rejected.length === 0 ? {} : { rejected: Object.fromEntries(rejected) })
  }
}
