import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { ItemId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import type { Reward } from '#shared/domain/reward.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { BlobStore } from '#main/blobs/blobStore.ts'
import { EngineEvent } from '#main/engine/protocol.ts'
import { openBench } from '#main/engine/openBench.ts'
import { runJob } from '#main/engine/runJob.ts'
import { runStage } from '#main/engine/trainJob.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import type { VisionConfig } from '#main/model/config.ts'
import type { Policy } from '#main/model/policy.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { playScript } from '#main/rollout/script.ts'
import { writeCheckpoint } from '#main/train/checkpoint.ts'
import { Pictures } from '#main/train/pictures.ts'
import type { StageResult, TrainingLine } from '#main/train/stages/context.ts'
import { bfloatFolder } from '../model/bfloatFolder.ts'
import { tinyPolicy, trainJobOf, type TinyProject } from './tinyProject.ts'

export interface StageSettings {
  stage: string
  config: object
}

/** What a stage reported and left, to be compared with another run of it. */
export interface StageOutcome {
  /** Numbers of each step, times left out. */
  numbers: Map<number, Record<string, number>>
  paths: { trajectory: Trajectory; reward: Reward }[]
  result: StageResult | null
  checkpoint: Checkpoint | null
}

export interface StageControl {
  /** Dies after this step is taken and before its state is saved. */
  killAt?: number
  /** Numbers of the run's earlier life. */
  from?: StageOutcome
  /** Changes the opened policy before the stage begins. */
  prepare?: (policy: Policy) => Promise<void>
}

class Killed extends Error {}

/**
 * A project around a checkpoint that came in by the importer, in the form of the released ones (bfloat16 shards), then learnt six
 * questions by heart. They look the same and three of them have the other answer: half of what the policy samples is right.
 */
export async function learntProject(family: VisionConfig['family']): Promise<TinyProject> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-lora-'))
  const policy = await tinyPolicy(family)
  await bfloatFolder(policy, join(folder, 'source'))
  const events: EngineEvent[] = []
  const channel = { emit: (event: EngineEvent) => void events.push(EngineEvent.parse(event)), stop: new AbortController().signal }
  await runJob({ kind: 'importModel', projectFolder: folder, source: join(folder, 'source'), name: 'tiny', folderName: 'tiny' }, channel)
  const checkpoint = events.flatMap((event) => (event.kind === 'checkpoint' ? [event.checkpoint] : []))[0] as Checkpoint
  const lines = await questions(new Pictures(new BlobStore(join(folder, 'blobs'))), policy)
  const dataset = join(folder, 'dataset.jsonl')
  await writeFile(dataset, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const project = { folder, checkpoint, dataset, lines }
  const config = { trainVision: true, learningRate: 1e-2, warmupRatio: 0.05, clipNorm: 10, weightDecay: 0, batchSize: 6, epochs: 70 }
  const learnt = await runOnce(project, 'learnt', { stage: 'coldStart', config })
  return { ...project, checkpoint: learnt.checkpoint as Checkpoint }
}

async function questions(pictures: Pictures, { processor }: Policy): Promise<TrainingLine[]> {
  const random = Random.seeded(1, 'picture')
  const image = await pictures.put({ width: 56, height: 56, data: Uint8Array.from({ length: 56 * 56 * 3 }, () => random.integer(0, 255)) }, { kind: 'generated', generator: 'maze' })
  const raw = await pictures.raw(image)
  const sampling = { ...defaultSampling({ parameters: 0 }, { temperature: 0, seed: 0 }), maxTotalTokens: 10_000, maxTurnTokens: 10_000 }
  const line = (index: number, x: number): string =>
    `<think> Up. </think> Action: Path Tracer\n\`\`\`json\n[{"index": ${index}, "start_point_2d": [14, 14], "end_point_2d": [${x}, 42], "label": "1"}]\n\`\`\``
  return await Promise.all(['A', 'B', 'A', 'B', 'A', 'B'].map(async (answer, index) => {
    const item = DatasetItem.parse({
      id: ItemId.parse(`item${index}`), task: 'maze', split: 'train', dataType: 'image', questionType: 'multipleChoice', question: 'Up. Which letter?', options: ['A', 'B'],
      answer, images: [image], truth: [], tags: [], origin: { kind: 'synthetic', generator: 'maze', seed: 1, index }, createdAt: '2026-01-01T00:00:00.000Z'
    })
    const turns = [line(1, 14), line(2, 28), `<think> ${answer}. </think> Action: Answer\n<answer> ${answer} </answer>`]
    const draft = playScript(item, [raw], turns.map((text) => ({ text, mistake: false })), {
      preset: loadPromptPreset('pocket'), style: loadDrawStyle('pocket'), sampling, smartResize: processor
    })
    const trajectory = await toTrajectory(draft, {
      item, origin: { kind: 'teacher', teacher: 'script', seed: index }, prompt: 'pocket', drawStyle: 'pocket', putImage: (drawn) => pictures.put(drawn, { kind: 'drawn' })
    })
    return { item, trajectories: [trajectory] }
  }))
}

/** Opens the project's checkpoint and runs a stage on it to its own checkpoint, as the engine does with a state saved after every step. */
export async function runOnce(project: TinyProject, name: string, settings: StageSettings, { killAt = Infinity, from, prepare }: StageControl = {}): Promise<StageOutcome> {
  const job = trainJobOf(project, name, settings)
  await mkdir(job.runFolder, { recursive: true })
  const bench = await openBench(job)
  const outcome: StageOutcome = { numbers: from?.numbers ?? new Map<number, Record<string, number>>(), paths: from?.paths ?? [], result: null, checkpoint: null }
  try {
    await prepare?.(bench.policy)
    const report = {
      progress: () => undefined, log: () => undefined, began: () => Promise.resolve(), stored: () => Promise.resolve(),
      trajectory: (trajectory: Trajectory, reward: Reward) => void outcome.paths.push({ trajectory, reward }),
      metrics: (step: number, _seconds: number, _total: number | null, values: Record<string, number>) => {
        if (step === killAt) throw new Killed()
        outcome.numbers.set(step, Object.fromEntries(Object.entries(values).filter(([key]) => !/seconds|PerSecond|memory/.test(key))))
      }
    }
    const context = {
      run: job.run, runFolder: job.runFolder, lines: project.lines, bench, saveSeconds: 0, rehearsalSteps: null, report,
      stopRequested: () => false, pausePoint: () => Promise.resolve(), checkpoint: () => Promise.resolve()
    }
    outcome.result = await runStage(context, job.run.settings)
    outcome.checkpoint = await writeCheckpoint(bench, {
      projectFolder: project.folder, runFolder: job.runFolder, runId: job.run.id, step: outcome.result.steps, stage: settings.stage, finished: true
    })
  } catch (error) {
    if (!(error instanceof Killed)) throw error
  } finally {
    await bench.policy.close()
  }
  return outcome
}
