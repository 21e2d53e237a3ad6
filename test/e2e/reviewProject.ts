// A project to review: a real photograph with a path that revises itself and reaches outside the picture, and generated items
// with teacher paths; and the program on it, in a process of its own so that it can be killed.
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDrawStyle } from '#main/image/canvas.ts'
import { decodeImage, encodePng } from '#main/image/codec.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { scorePath } from '#main/reward/compose.ts'
import { editPath } from '#main/rollout/editPath.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { insertItems } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { ItemId, JobId, newId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { testWorkshop } from '../jobs/workshop.ts'

export const PHOTO_FILE = join(import.meta.dirname, '..', 'fixtures', 'real', 'images', 'leuvenA.jpg')
const SERVE = join(import.meta.dirname, 'serveProject.ts')

export const box = (imageIndex: number, label: string, four: [number, number, number, number]): DrawOp => ({ kind: 'box', imageIndex, box: four, label, space: 'model' })
export const line = (imageIndex: number, label: string, [x1, y1, x2, y2]: [number, number, number, number]): DrawOp => ({ kind: 'line', imageIndex, start: [x1, y1], end: [x2, y2], label, space: 'model' })

/** Pixels of the photograph as stored. */
export const PHOTO = { width: 751, height: 563 }

/** Model pixels of the photograph: multiples of 28. */
export const PHOTO_MODEL = { width: 756, height: 560 }

export interface ReviewProject { folder: string; photoPath: TrajectoryId; close: () => Promise<void> }

export async function makeReviewProject(): Promise<ReviewProject> {
  const test = await testWorkshop()
  const { project } = test.workshop
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'relation', count: 2, seed: 5, split: 'train', teacherPaths: true, reflectiveShare: 1 })
  const item = await insertPhoto(project)
  const photoPath = await insertPath(project, item, [
    [box(1, 'car', [100, 300, 300, 420]), line(1, 'street', [400, 560, 520, 380])],
    [box(2, 'car', [120, 310, 330, 430])],
    [box(3, 'tower', [600, 40, 820, 300])]
  ])
  await test.workshop.similar.close()
  project.close()
  return { folder: test.folder, photoPath, close: test.close }
}

async function insertPhoto(project: ProjectWriter): Promise<DatasetItem> {
  const bytes = readFileSync(PHOTO_FILE)
  const { width, height } = await decodeImage(bytes, 'leuvenA.jpg')
  const image: ImageRef = { blob: await project.blobs.put(bytes, 'image/jpeg'), width, height, mime: 'image/jpeg', origin: { kind: 'file', name: 'leuvenA.jpg' } }
  const item: DatasetItem = {
    id: newId(ItemId), task: 'photographs', split: 'train', dataType: 'image', questionType: 'multipleChoice', question: 'Is the car left or right of the tower?', options: ['A. left', 'B. right'],
    answer: 'A', images: [image], truth: [], tags: [], origin: { kind: 'import', file: 'photographs.jsonl', line: 1 }, createdAt: new Date().toISOString()
  }
  insertItems(project, [item])
  return item
}

/** A teacher's path that draws `drawn` step by step and answers. */
export async function insertPath(project: ProjectWriter, item: DatasetItem, drawn: DrawOp[][]): Promise<TrajectoryId> {
  const sources = await Promise.all(item.images.map(async ({ blob }) => decodeImage(await project.blobs.get(blob), blob)))
  const empty: Step = { text: '', thought: 'Look.', action: { kind: 'none' }, observations: [], problems: [], mistake: false, tokens: null }
  const base = { steps: [...drawn.map(() => empty), { ...empty, thought: 'So.' }], answer: null, finishReason: 'answered' as const, finishStep: drawn.length, modelSizes: [PHOTO_MODEL] }
  const draft = editPath(base, { steps: drawn.map((ops, index) => ({ index, ops })), answer: 'A' }, sources, loadDrawStyle('pocket'))
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'teacher', teacher: 'scripted', seed: 1 }, prompt: 'pocket', drawStyle: 'pocket',
    putImage: async (raw) => ({ blob: await project.blobs.put(await encodePng(raw), 'image/png'), width: raw.width, height: raw.height, mime: 'image/png', origin: { kind: 'drawn' } })
  })
  insertTrajectory(project, trajectory)
  setReward(project, trajectory.id, scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: loadPromptPreset('pocket').turnShape }))
  return trajectory.id
}

/** The program on a project; resolves once it serves. */
export async function startProgram(folder: string, rendererFolder: string): Promise<{ url: string; program: ChildProcess }> {
  // As scripts/install.mjs lets every command of the project be started.
  const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/node'), ...process.env }
  const program = spawn(process.execPath, [SERVE, folder, rendererFolder], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    program.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /http:\/\/\S+/.exec(said)
      if (found) resolve(found[0])
    })
    program.once('exit', (code) => { reject(new Error(`the program ended with ${code}: ${said}`)) })
  })
  return { url, program }
}

export async function killProgram(program: ChildProcess, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  const gone = new Promise((resolve) => program.once('exit', resolve))
  program.kill(signal)
  await gone
}
