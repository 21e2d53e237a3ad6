import type { GenerateRequest } from '#shared/contract/items.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import { type ImageOrigin, ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { Sampling, Trajectory } from '#shared/domain/trajectory.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import { scorePath } from '../reward/compose.ts'
import type { EpisodeOptions } from '../rollout/episode.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { toTrajectory } from '../rollout/record.ts'
import { playScript } from '../rollout/script.ts'
import { insertItems, syntheticProgress } from '../store/items.ts'
import type { ProjectWriter } from '../store/project.ts'
import { setReward } from '../store/rewards.ts'
import { insertTrajectory } from '../store/trajectories.ts'
import { generateItem } from './synthetic/generate.ts'
import type { GeneratorOptions, SyntheticItem, TeacherKind } from './synthetic/syntheticItem.ts'

export interface GenerateOptions extends GenerateRequest {
  /** Prompt preset and drawing style that teacher paths are written for; `pocket` unless said otherwise. */
  prompt?: string
  drawStyle?: string
  generatorOptions?: Partial<GeneratorOptions>
  signal?: AbortSignal
  /** Items of this split that are there, of `count`. */
  onProgress?: (done: number, total: number) => void
}

export interface GenerateReport {
  /** New items and teacher paths. */
  items: number
  paths: number
  /** Made questions that the project had already, in any split. */
  duplicates: number
}

interface MadeLesson {
  item: DatasetItem
  lesson: { trajectory: Trajectory; reward: Reward } | null
}

/** Items made, drawn and stored together: one transaction. */
const BATCH = 32
/** So many repeats in a row mean that the generator has no new questions to give. */
const MOST_REPEATS = 2000

/** Scripted paths are short and know what they do: no limit of a model's sampling applies to them. */
const SCRIPT_SAMPLING: Sampling = {
  temperature: 0, topP: 1, topK: 0, seed: 0, maxTurnTokens: 100_000, maxTotalTokens: 100_000, maxTurns: 64, maxImages: 256, repeatTolerance: null
}
/** Sides are multiples of 28, so the model sees the pictures in their own size. */
const OWN_SIZE: EpisodeOptions['smartResize'] = {
  minPixels: 28 * 28, maxPixels: 1024 * 28 * 28, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 / 255
}

/**
 * Fills a split with made questions until it holds `count` of this generator and seed, each with its picture, ground truth
 * and (if wanted) a teacher's path and its reward. Goes on after the last index present, so a generation that was
 * interrupted, in whatever way, continues; a question the project holds already is passed over, which keeps splits apart.
 * Throws `cancelled` on abort and `bad_input` when the generator runs out of new questions; what was made stays.
 */
export async function generateItems(project: ProjectWriter, options: GenerateOptions): Promise<GenerateReport> {
  const { generator, seed, split, count, onProgress } = options
  const before = syntheticProgress(project, generator, seed, split)
  const report: GenerateReport = { items: 0, paths: 0, duplicates: 0 }
  const missing = Math.max(0, count - before.inSplit)
  const teacher = options.teacherPaths ? teacherOptions(options) : null
  let index = before.lastIndex + 1
  let repeats = 0
  while (report.items < missing) {
    stopIfAsked(options.signal, report)
    const indices = Array.from({ length: Math.min(BATCH, missing - report.items) }, (_, i) => index + i)
    const lessons = await Promise.all(indices.map((at) => makeLesson(project, generateItem(generator, seed, at, options.generatorOptions), teacher, options)))
    const found = storeLessons(project, lessons, report)
    index += indices.length
    repeats = found > 0 ? 0 : repeats + indices.length
    if (repeats >= MOST_REPEATS) {
      throw new SightlineError('bad_input', `the generator ${generator} has no new questions after ${before.inSplit + report.items} of ${count}`, { advice: 'ask for fewer, or widen its options' })
    }
    onProgress?.(before.inSplit + report.items, count)
  }
  return report
}

function teacherOptions({ prompt = 'pocket', drawStyle = 'pocket' }: GenerateOptions): EpisodeOptions {
  return { preset: loadPromptPreset(prompt), style: loadDrawStyle(drawStyle), sampling: SCRIPT_SAMPLING, smartResize: OWN_SIZE }
}

/** Stores what is new in one transaction; returns how many items that was. */
function storeLessons(project: ProjectWriter, lessons: readonly MadeLesson[], report: GenerateReport): number {
  return project.transaction(() => {
    const { inserted, duplicates } = insertItems(project, lessons.map(({ item }) => item))
    const isNew = new Set(inserted)
    for (const { item, lesson } of lessons) {
      if (lesson === null || !isNew.has(item.id)) continue
      insertTrajectory(project, lesson.trajectory)
      setReward(project, lesson.trajectory.id, lesson.reward)
      report.paths++
    }
    report.items += inserted.length
    report.duplicates += duplicates.length
    return inserted.length
  })
}

async function makeLesson(project: ProjectWriter, made: SyntheticItem, teacher: EpisodeOptions | null, options: GenerateOptions): Promise<MadeLesson> {
  const { image, teacher: script, ...facts } = made
  const { generator, seed, index } = made.origin
  const picture = await storePicture(project, image, { kind: 'generated', generator })
  const item: DatasetItem = { ...facts, id: newId(ItemId), split: options.split, images: [picture], createdAt: new Date().toISOString() }
  if (teacher === null) return { item, lesson: null }
  const kind: TeacherKind = Random.seeded(seed, `teacher ${generator} ${index}`).chance(options.reflectiveShare) ? 'reflective' : 'plain'
  const draft = playScript(item, [image], script(kind, index), teacher)
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'teacher', teacher: `scripted ${kind}`, seed: index }, prompt: teacher.preset.name, drawStyle: options.drawStyle ?? 'pocket',
    putImage: (raw) => storePicture(project, raw, { kind: 'drawn' })
  })
  const reward = scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: teacher.preset.turnShape })
  return { item, lesson: { trajectory, reward } }
}

async function storePicture(project: ProjectWriter, raw: RawImage, origin: ImageOrigin): Promise<ImageRef> {
  const blob = await project.blobs.put(await encodePng(raw), 'image/png')
  return ImageRef.parse({ blob, width: raw.width, height: raw.height, mime: 'image/png', origin })
}

function stopIfAsked(signal: AbortSignal | undefined, report: GenerateReport): void {
  if (signal?.aborted !== true) return
  throw new SightlineError('cancelled', `the generation was stopped after ${report.items} new items`, { advice: 'what was made stays; generate again with the same seed to go on' })
}
