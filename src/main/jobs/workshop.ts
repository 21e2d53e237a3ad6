import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { ManyJudged, PathChange } from '#shared/contract/editing.ts'
import type { ItemEdited } from '#shared/contract/itemEdits.ts'
import type { EndpointStore } from '../endpoint/endpointStore.ts'
import type { ProjectWriter } from '../store/project.ts'
import type { EngineSpawner } from './engineProcess.ts'
import type { Feed } from './feed.ts'
import type { JobRunner } from './jobRunner.ts'
import type { SimilarKeeper } from './similarKeeper.ts'
import type { MachineMonitor } from './machine/machineMonitor.ts'

/** What every job needs at hand: the open project, the queue, and how to start an engine. */
export interface Workshop {
  project: ProjectWriter
  runner: JobRunner
  spawnEngine: EngineSpawner
  /** Versions of paths as people store and choose them, and words on many, in whatever window. */
  edits: Feed<PathChange | ManyJudged>
  /** Items as people change them, in whatever window. */
  itemEdits: Feed<ItemEdited>
  machine: MachineMonitor
  /** Finds items that show the same pictures. */
  similar: SimilarKeeper
  /** The user's teachers, with their keys. */
  endpoints: EndpointStore
  /** Folders below which models may be imported besides the project's inbox; null = anywhere (the door is the owner's own). */
  modelFolders: readonly string[] | null
  /** Folder of prompts, drawing styles, presets and the embedded model. */
  resources: string
  /** Threads of an engine process. */
  threads: number
}

/** The program's own folder: three up from this file in the sources, two up from the flat bundle in out/main. */
export function programFolder(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../../' : '../../', import.meta.url))
}

export function resourcesFolder(): string {
  return join(programFolder(), 'resources')
}

/** The version in package.json. */
export function programVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(programFolder(), 'package.json'), 'utf8'))).version
}
