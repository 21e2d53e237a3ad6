import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { CheckpointId, DatasetVersionId, ItemId, RunId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { BlobStore } from '#main/blobs/blobStore.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import { resourcePath } from '#main/image/resources.ts'
import { openCheckpointFolder } from '#main/model/checkpointFolder.ts'
import type { VisionConfig, VisionLanguageConfig } from '#main/model/config.ts'
import { initialWeights } from '#main/model/families/parameters.ts'
import { Policy } from '#main/model/policy.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { playScript } from '#main/rollout/script.ts'
import { Pictures } from '#main/train/pictures.ts'
import type { TrainingLine } from '#main/train/stages/context.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'

/** A project folder as the engine sees it: blobs, a random checkpoint a tenth of the pocket model's size, frozen data. */
export interface TinyProject {
  folder: string
  checkpoint: Checkpoint
  dataset: string
  lines: TrainingLine[]
}

export async function tinyProject(items = 6): Promise<TinyProject> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-engine-'))
  const policy = await tinyPolicy()
  const { hash } = await policy.save(join(folder, 'models/tiny'))
  await policy.close()
  const checkpoint: Checkpoint = {
    id: CheckpointId.parse('tiny'), name: 'tiny', runId: null, step: null, folder: 'models/tiny', hash, family: 'qwen2_5_vl',
    parameters: 100_000, createdAt: '2026-01-01T00:00:00.000Z'
  }
  const lines = await teacherLines(new Pictures(new BlobStore(join(folder, 'blobs'))), items)
  const dataset = join(folder, 'dataset.jsonl')
  await writeFile(dataset, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return { folder, checkpoint, dataset, lines }
}

/** The pocket model's tokenizer and processor around a much smaller random model of either family; Qwen2-VL has a head of its own. */
export async function tinyPolicy(family: VisionConfig['family'] = 'qwen2_5_vl'): Promise<Policy> {
  const parts = await openCheckpointFolder(resourcePath('pocket'))
  await parts.tensors.close()
  const older = { family, windowSize: 0, fullAttentionBlocks: [0, 1], tokensPerSecond: 0, hiddenAct: 'quick_gelu' } as const
  const config: VisionLanguageConfig = {
    ...parts.config,
    text: { ...parts.config.text, hiddenSize: 32, layers: 2, heads: 2, kvHeads: 1, headDim: 16, intermediateSize: 48, mropeSection: [2, 3, 3], tied: family === 'qwen2_5_vl' },
    vision: {
      ...parts.config.vision, depth: 2, width: 16, heads: 1, intermediateSize: 32, outWidth: 32, fullAttentionBlocks: [1], ...(family === 'qwen2_vl' ? older : {})
    }
  }
  return new Policy({ ...parts, config }, initialWeights(config, Random.seeded(3, 'tiny')), { threads: 1 })
}

/** The tiny policy with layers wide enough for blocks of 4 bits. */
export async function widerPolicy(): Promise<Policy> {
  const { config, processor, tokenizer } = await tinyPolicy()
  const wider = { ...config, text: { ...config.text, hiddenSize: 64, heads: 4, kvHeads: 2, intermediateSize: 128 }, vision: { ...config.vision, outWidth: 64 } }
  return new Policy({ config: wider, processor, tokenizer, generation: {} }, initialWeights(wider, Random.seeded(3, 'wider')), { threads: 1 })
}

/** Maze items with a scripted path each, every third of them reflective. */
async function teacherLines(pictures: Pictures, count: number): Promise<TrainingLine[]> {
  const style = loadDrawStyle('pocket')
  const { processor } = await tinyPolicy()
  const sampling = { ...defaultSampling({ parameters: 0 }, { temperature: 0, seed: 0 }), maxTotalTokens: 10_000, maxTurnTokens: 10_000 }
  return await Promise.all(Array.from({ length: count }, async (_, index) => {
    const { image, teacher, ...facts } = generateItem('maze', 5, index)
    const item = DatasetItem.parse({
      ...facts, id: ItemId.parse(`item${index}`), split: 'train', createdAt: '2026-01-01T00:00:00.000Z',
      images: [await pictures.put(image, { kind: 'generated', generator: 'maze' })]
    })
    const draft = playScript(item, [image], teacher(index % 3 === 0 ? 'reflective' : 'plain', index), {
      preset: loadPromptPreset('pocket'), style, sampling, smartResize: processor
    })
    const trajectory = await toTrajectory(draft, {
      item, origin: { kind: 'teacher', teacher: 'script', seed: index }, prompt: 'pocket', drawStyle: 'pocket',
      putImage: (raw) => pictures.put(raw, { kind: 'drawn' })
    })
    return { item, trajectories: [trajectory] }
  }))
}

type TrainJob = Extract<EngineJob, { kind: 'train' }>

/** A training job on the project; `name` is its run's id and folder. */
export function trainJobOf(project: TinyProject, name: string, settings: { stage: string; config: object }): TrainJob {
  const run: TrainingRun = {
    id: RunId.parse(name), jobId: null, parentId: null, settings: StageConfig.parse(settings), preset: null, prompt: 'pocket', drawStyle: 'pocket',
    tasks: [], datasetVersionId: DatasetVersionId.parse('data'), startCheckpointId: project.checkpoint.id, seed: 1, status: 'running',
    step: 0, totalSteps: null, error: null, createdAt: '2026-01-01T00:00:00.000Z', finishedAt: null
  }
  return { kind: 'train', ...jobBasics(project), run, runFolder: join(project.folder, 'runs', name) }
}

export function jobBasics({ folder, dataset, checkpoint }: TinyProject) {
  return { projectFolder: folder, dataset, checkpoint, prompt: 'pocket', drawStyle: 'pocket', threads: 1 }
}
