import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { DatasetVersionId } from '#shared/domain/ids.ts'
import { BlobId, CheckpointId, ItemId, newId, RunId, TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Reward } from '#shared/domain/reward.ts'
import { GrpoConfig, type TrainingRun } from '#shared/domain/trainingRun.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sightline-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function temporaryProject(): ProjectWriter {
  const project = createProject(path.join(temporaryFolder(), 'project'), 'test')
  onTestFinished(() => project.close())
  return project
}

export const AT = '2026-01-02T03:04:05.000Z'

export function imageRef(seed: number, origin: ImageRef['origin'] = { kind: 'file', name: `${seed}.png` }): ImageRef {
  return { blob: BlobId.parse(seed.toString(16).padStart(64, '0')), width: 112, height: 84, mime: 'image/png', origin }
}

export function makeItem(change: Partial<DatasetItem> = {}): DatasetItem {
  return {
    id: newId(ItemId), task: 'maze', split: 'train', dataType: 'image', questionType: 'multipleChoice', question: 'Which letter?',
    options: ['A', 'B'], answer: 'A', images: [imageRef(1)], truth: [], tags: [], origin: { kind: 'import', file: 'qa.jsonl', line: 1 }, createdAt: AT, version: 1, ...change
  }
}

export function makeTrajectory(itemId: ItemId, change: Partial<Trajectory> = {}): Trajectory {
  return {
    id: newId(TrajectoryId), itemId, itemVersion: 1, parentId: null, origin: { kind: 'teacher', teacher: 'scripted', seed: 3 }, prompt: 'pocket', drawStyle: 'pocket',
    modelSizes: [{ width: 112, height: 84 }], steps: [drawingStep(), answerStep()], answer: 'A', finishReason: 'answered', finishStep: 1, createdAt: AT, ...change
  }
}

export function drawingStep(): Step {
  return {
    text: '<think> look </think> ...', thought: 'look', mistake: true,
    action: {
      kind: 'draw', tool: 'Object Mapper', ops: [
        { kind: 'box', imageIndex: 1, box: [1, 2.5, 30, 40], label: 'cup', space: 'model' },
        { kind: 'line', imageIndex: 1, start: [5, 6], end: [7, 8], label: '', space: 'model' }
      ]
    },
    observations: [{
      sourceIndex: 1, newIndex: 2, image: imageRef(77, { kind: 'drawn' }),
      shapes: [{ kind: 'box', imageIndex: 2, box: [1, 2.5, 30, 40], label: 'cup', space: 'model' }]
    }],
    problems: [{ kind: 'outside_image', detail: 'the line leaves the picture' }],
    tokens: { promptIds: [1, 2, 3], responseIds: [4, 5], logProbs: [-0.1, -2.3456789012345], entropies: [0.5, Math.PI] }
  }
}

export function answerStep(): Step {
  return { text: '<answer> A </answer>', thought: '', action: { kind: 'answer', text: 'A' }, observations: [], problems: [], mistake: false, tokens: null }
}

export function makeReward(change: Partial<Reward> = {}): Reward {
  return { total: 2, correct: 1, format: 1, reflective: false, referenceReflective: false, extractedAnswer: 'A', explanation: 'right', ...change }
}

export function makeCheckpoint(change: Partial<Checkpoint> = {}): Checkpoint {
  return { id: newId(CheckpointId), name: 'pocket', runId: null, step: null, folder: 'models/pocket', hash: 'ab', family: 'qwen2_5_vl', parameters: 5, createdAt: AT, ...change }
}

export function makeRun(datasetVersionId: DatasetVersionId, startCheckpointId: CheckpointId, change: Partial<TrainingRun> = {}): TrainingRun {
  return {
    id: newId(RunId), jobId: null, parentId: null, settings: { stage: 'grpo', config: GrpoConfig.parse({}) }, preset: null, prompt: 'pocket', drawStyle: 'pocket',
    tasks: ['maze'], datasetVersionId, startCheckpointId, seed: 1, status: 'queued', step: 0, totalSteps: null, error: null, createdAt: AT, finishedAt: null, ...change
  }
}
