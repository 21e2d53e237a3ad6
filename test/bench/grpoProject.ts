import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { CheckpointId, DatasetVersionId, ItemId, RunId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { BlobStore } from '#main/blobs/blobStore.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import { Policy } from '#main/model/policy.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { playScript } from '#main/rollout/script.ts'
import { Pictures } from '#main/train/pictures.ts'
import type { StageContext, TrainingLine } from '#main/train/stages/context.ts'
import { Workbench } from '#main/train/workbench.ts'

/** Numbers of one training step, by metric name. */
export type StepValues = Record<string, number>

/** A model on mazes with a scripted path each, and the stages that run on them, in a folder. */
export class GrpoProject {
  readonly bench: Workbench
  readonly lines: TrainingLine[]
  readonly #folder: string

  private constructor(folder: string, bench: Workbench, lines: TrainingLine[]) {
    this.#folder = folder
    this.bench = bench
    this.lines = lines
  }

  static async open(folder: string, model: string, threads: number, mazes: number): Promise<GrpoProject> {
    const policy = await Policy.open(model, { threads })
    const checkpoint: Checkpoint = {
      id: CheckpointId.parse('start'), name: 'start', runId: null, step: null, folder: model, hash: '', family: 'qwen2_5_vl', parameters: 1_360_000,
      createdAt: '2026-01-01T00:00:00.000Z'
    }
    const pictures = new Pictures(new BlobStore(join(folder, 'blobs')))
    const bench = new Workbench({ policy, checkpoint, preset: loadPromptPreset('pocket'), style: loadDrawStyle('pocket'), pictures })
    const lines: TrainingLine[] = []
    for (let index = 0; index < mazes; index++) lines.push(await mazeLine(bench, index))
    return new GrpoProject(folder, bench, lines)
  }

  /** What a stage is given; `values` takes the numbers of each step. */
  context(name: string, settings: { stage: string; config: object }, values: (step: number, seconds: number, values: StepValues) => void): StageContext {
    return {
      run: {
        id: RunId.parse(name), jobId: null, parentId: null, settings: StageConfig.parse(settings), preset: null, prompt: 'pocket', drawStyle: 'pocket',
        tasks: [], datasetVersionId: DatasetVersionId.parse('data'), startCheckpointId: this.bench.checkpoint.id, seed: 1, status: 'running',
        step: 0, totalSteps: null, error: null, createdAt: '2026-01-01T00:00:00.000Z', finishedAt: null
      },
      runFolder: join(this.#folder, name), lines: this.lines, bench: this.bench, saveSeconds: 1e6, rehearsalSteps: null,
      report: {
        progress: () => undefined, log: () => undefined, trajectory: () => undefined, began: () => Promise.resolve(), stored: () => Promise.resolve(),
        metrics: (step, seconds, _total, found) => { values(step, seconds, found) }
      },
      stopRequested: () => false, pausePoint: () => Promise.resolve(), checkpoint: () => Promise.resolve()
    }
  }
}

async function mazeLine({ pictures, preset, style, processor, checkpoint }: Workbench, index: number): Promise<TrainingLine> {
  const { image, teacher, ...facts } = generateItem('maze', 5, index)
  const item = DatasetItem.parse({
    ...facts, id: ItemId.parse(`maze${index}`), split: 'train', createdAt: '2026-01-01T00:00:00.000Z',
    images: [await pictures.put(image, { kind: 'generated', generator: 'maze' })]
  })
  const sampling = { ...defaultSampling(checkpoint, { temperature: 0, seed: 0 }), maxTotalTokens: 10_000, maxTurnTokens: 10_000 }
  const draft = playScript(item, [image], teacher('plain', index), { preset, style, sampling, smartResize: processor })
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'teacher', teacher: 'script', seed: index }, prompt: 'pocket', drawStyle: 'pocket',
    putImage: (raw) => pictures.put(raw, { kind: 'drawn' })
  })
  return { item, trajectories: [trajectory] }
}
