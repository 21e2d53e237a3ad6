import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatasetLine } from '../engine/protocol.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { getItem } from '../store/items.ts'
import type { ProjectReader } from '../store/project.ts'
import { getTrajectory } from '../store/trajectories.ts'

const LINES_PER_TURN = 64

/**
 * Writes the engine's input as JSON lines (DatasetLine: an item and its chosen paths), complete or not at all: what a run
 * learns from never changes under it, whatever is edited or imported meanwhile. Yields to the event loop between batches.
 * @throws the signal's reason when aborted
 */
export async function freezeData(project: ProjectReader, file: string, members: DatasetMembers, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.part`
  const handle = await open(temporary, 'w')
  try {
    const entries = [...members]
    for (let from = 0; from < entries.length; from += LINES_PER_TURN) {
      signal?.throwIfAborted()
      const lines = entries.slice(from, from + LINES_PER_TURN).map(([itemId, paths]) => {
        const line: DatasetLine = { item: getItem(project, itemId), trajectories: paths.map((id) => getTrajectory(project, id)) }
        return `${JSON.stringify(line)}\n`
      })
      await handle.write(lines.join(''))
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
