import { readdir } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { deviceName } from '../jobs/manifest.ts'
import { programVersion, type Workshop } from '../jobs/workshop.ts'
import { countItems, listTasks } from '../store/items.ts'
import { countTrajectories } from '../store/trajectories.ts'
import { os } from './implement.ts'

export function projectHandlers({ project, resources }: Workshop) {
  return os.project.router({
    info: os.project.info.handler(async () => ({
      name: project.name,
      folder: project.folder,
      version: programVersion(),
      device: deviceName(),
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      items: countItems(project),
      trajectories: countTrajectories(project),
      tasks: listTasks(project),
      prompts: await jsonNames(join(resources, 'prompts')),
      drawStyles: await jsonNames(join(resources, 'drawStyles'))
    }))
  })
}

/** Names of the JSON files of a folder, without their ending, sorted. */
export async function jsonNames(folder: string): Promise<string[]> {
  const files = await readdir(folder)
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)).sort()
}
