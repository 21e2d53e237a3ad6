// A workshop on a fresh project in a temporary folder, with the stand-in engine.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { forkEngine } from '#main/jobs/engineProcess.ts'
import { Feed } from '#main/jobs/feed.ts'
import { JobLog } from '#main/jobs/jobLog.ts'
import { JobRunner } from '#main/jobs/jobRunner.ts'
import { SimilarKeeper } from '#main/jobs/similarKeeper.ts'
import { MachineMonitor } from '#main/jobs/machine/machineMonitor.ts'
import { resourcesFolder, type Workshop } from '#main/jobs/workshop.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { createProject } from '#main/store/project.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, newId } from '#shared/domain/ids.ts'

export const FAKE_ENGINE = fileURLToPath(new URL('./fakeEngine.ts', import.meta.url))

export interface TestWorkshop {
  workshop: Workshop
  folder: string
  close(): Promise<void>
}

export async function testWorkshop(): Promise<TestWorkshop> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-jobs-'))
  const project = createProject(folder, 'test')
  const workshop: Workshop = {
    project, runner: new JobRunner(new JobLog(project)), edits: new Feed(), itemEdits: new Feed(), similar: new SimilarKeeper(project), machine: new MachineMonitor(folder, { interval: 20 }), spawnEngine: () => forkEngine(FAKE_ENGINE), resources: resourcesFolder(),
    modelFolders: [],
    endpoints: new EndpointStore(join(folder, 'user')),
    threads: 1
  }
  return {
    workshop,
    folder,
    close: async () => {
      await workshop.runner.close()
      await workshop.similar.close()
      project.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** A checkpoint whose name tells the stand-in engine what to do. */
export function checkpointNamed(workshop: Workshop, name: string): Checkpoint {
  const checkpoint: Checkpoint = {
    id: newId(CheckpointId), name, runId: null, step: null, folder: 'models/none', hash: '0'.repeat(64), family: 'qwen2_5_vl',
    parameters: 1, createdAt: new Date().toISOString()
  }
  insertCheckpoint(workshop.project, checkpoint)
  return checkpoint
}
