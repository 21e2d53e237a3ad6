import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Hono } from 'hono'
import { EndpointStore } from '../endpoint/endpointStore.ts'
import { type EngineSpawner, forkEngine } from '../jobs/engineProcess.ts'
import { Feed } from '../jobs/feed.ts'
import { JobLog } from '../jobs/jobLog.ts'
import { JobRunner } from '../jobs/jobRunner.ts'
import { MachineMonitor } from '../jobs/machine/machineMonitor.ts'
import { SimilarKeeper } from '../jobs/similarKeeper.ts'
import { recoverJobs } from '../jobs/recovery.ts'
import { programFolder, resourcesFolder, type Workshop } from '../jobs/workshop.ts'
import { createProject, openProject, type ProjectWriter } from '../store/project.ts'
import { createAssets } from './assets.ts'
import { registerEmbeddedModel } from './baseModel.ts'
import { createOpenAi } from './openAi/routes.ts'
import { createRouter, type StudioRouter } from './router.ts'

export interface StudioOptions {
  /** The project folder; one that holds no project becomes one. */
  folder: string
  /** How engines are started; left out: as children of this Node program. */
  spawnEngine?: EngineSpawner
  /** Folder of the built renderer; left out: the program's own, if it was built. */
  rendererFolder?: string | null
  resources?: string
  /** See Workshop; left out: the inbox alone. */
  modelFolders?: readonly string[] | null
  threads?: number
  /** Left out: the user's own, in a file of mode 0600. */
  endpoints?: EndpointStore
}

/** An open project with everything behind a door: what `serve`, the desktop window and the command line share. */
export interface Studio {
  workshop: Workshop
  router: StudioRouter
  assets: Hono
  /** The project's models for OpenAI's clients, below `/v1`. */
  openAi: Hono
  /** Stops all work and closes the project. */
  close(): Promise<void>
}

/** Opens (or makes) a project for writing. @throws SightlineError as openProject, e.g. `conflict` when it is open elsewhere */
export async function openStudio(options: StudioOptions): Promise<Studio> {
  const folder = resolve(options.folder)
  const project = existsSync(join(folder, 'project.sqlite')) ? openProject(folder, { mode: 'write' }) : createProject(folder, basename(folder))
  try {
    return await furnish(project, options)
  } catch (error) {
    project.close()
    throw error
  }
}

async function furnish(project: ProjectWriter, options: StudioOptions): Promise<Studio> {
  const log = new JobLog(project)
  const runner = new JobRunner(log)
  const workshop: Workshop = {
    project,
    runner,
    edits: new Feed(),
    itemEdits: new Feed(),
    similar: new SimilarKeeper(project),
    machine: new MachineMonitor(project.folder),
    spawnEngine: options.spawnEngine ?? forkEngine,
    endpoints: options.endpoints ?? new EndpointStore(),
    modelFolders: options.modelFolders === undefined ? [] : options.modelFolders,
    resources: options.resources ?? resourcesFolder(),
    threads: options.threads ?? availableParallelism()
  }
  recoverJobs(project, log)
  await registerEmbeddedModel(project, workshop.resources)
  const openAi = createOpenAi(workshop)
  const rendererFolder = options.rendererFolder === undefined ? builtRenderer() : options.rendererFolder
  return {
    workshop,
    router: createRouter(workshop),
    assets: createAssets({ projectFolder: project.folder, blobs: project.blobs, rendererFolder }),
    openAi: openAi.app,
    close: async () => {
      openAi.close()
      workshop.edits.close()
      workshop.itemEdits.close()
      workshop.machine.close()
      await runner.close()
      await workshop.similar.close()
      project.close()
    }
  }
}

function builtRenderer(): string | null {
  const folder = join(programFolder(), 'out', 'renderer')
  return existsSync(join(folder, 'index.html')) ? folder : null
}
