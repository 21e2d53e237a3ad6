import { join } from 'node:path'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { encodeUserTurn } from '../../model/chatTemplate.ts'
import { openCheckpointFolder } from '../../model/checkpointFolder.ts'
import { modelSize, visualTokens, withPixelLimits } from '../../model/processor.ts'
import { loadPromptPreset, renderQuestion } from '../../rollout/prompt.ts'
import { checkQuestions } from '../../train/questions.ts'
import { answerPreset, encodeAnswer, encodePath, type EncodedPath, type PathEncoder } from '../../train/samples.ts'
import type { DatasetLine, PreflightJob } from '../protocol.ts'

/** What a run will put through its model, in tokens and pictures. */
export interface RunLoad {
  items: number
  /** Paths there are to learn from; 0 for stages that sample their own. */
  paths: number
  /** Of an item's pictures together. */
  imageTokens: { least: number; most: number }
  /** Of the longest question, pictures included. */
  questionTokens: number
  /** Of the longest path to learn from; of sampled ones at most. */
  pathTokens: number
  /** Pictures of a path at most, and model pixels of the largest. */
  images: number
  pixels: number
  /** Tokens a rollout may write, and pictures it may draw. */
  sampling: { maxTotalTokens: number; maxImages: number }
}

/** Paths whose lengths are looked at: the longest of so many is close to the longest of all. */
const LENGTHS = 512

/**
 * Puts every question, and of the paths an even choice, into tokens, as the run will.
 * @throws SightlineError `bad_input` naming the first item whose pictures and placeholders do not match
 */
export async function loadOf(job: PreflightJob, lines: readonly DatasetLine[]): Promise<RunLoad> {
  const parts = await openCheckpointFolder(join(job.projectFolder, job.checkpoint.folder))
  await parts.tensors.close()
  const processor = withPixelLimits(parts.processor, job.pixels ?? null)
  const encoder: PathEncoder = { tokenizer: parts.tokenizer, processor, preset: loadPromptPreset(job.prompt), learnStop: true, maskMistakes: false }
  const items = lines.map(({ item }) => item)
  checkQuestions(items, { encoder })
  const visual = items.map((item) => item.images.reduce((sum, { width, height }) => sum + visualTokens(width, height, processor), 0))
  const pictures = items.flatMap((item) => item.images.map(({ width, height }) => modelSize(width, height, processor)))
  const paths = pathsOf(job, lines, encoder)
  const sampling = defaultSampling(job.checkpoint, { temperature: 1, seed: 0 })
  const questionTokens = most(spreadOver(lines).map(({ item }) => questionLength(item, encoder)))
  return {
    items: items.length,
    paths: paths === null ? 0 : paths.count,
    imageTokens: { least: visual.reduce((a, b) => Math.min(a, b), Infinity), most: most(visual) },
    questionTokens,
    pathTokens: paths === null ? questionTokens + sampling.maxTotalTokens : most(paths.some.map(({ ids }) => ids.length)),
    images: paths === null ? most(items.map(({ images }) => images.length)) + sampling.maxImages : most(paths.some.map((path) => path.pictures.length)),
    pixels: most([...pictures, ...paths?.some.flatMap((path) => path.pictures) ?? []].map(({ width, height }) => width * height)),
    sampling
  }
}

/** Of stages that learn from what is there, how many paths, and some of them encoded; null for stages that sample. */
function pathsOf({ run }: PreflightJob, lines: readonly DatasetLine[], encoder: PathEncoder): { count: number; some: EncodedPath[] } | null {
  const { stage, config } = run.settings
  if (stage === 'grpo' || stage === 'reflective' || (stage === 'dpo' && config.pairs === 'rollouts')) return null
  if (stage === 'coldStart' || (stage === 'dpo' && config.pairs === 'paths')) {
    const all = lines.flatMap(({ item, trajectories }) => trajectories.map((trajectory) => ({ item, trajectory })))
    return { count: all.length, some: spreadOver(all).map(({ item, trajectory }) => encodePath(item, trajectory, encoder)) }
  }
  return { count: lines.length, some: spreadOver(lines).map(({ item }) => encodeAnswer(item, { ...encoder, preset: answerPreset(encoder.preset) })) }
}

function questionLength(item: DatasetLine['item'], { tokenizer, processor, preset }: PathEncoder): number {
  const sizes = item.images.map(({ width, height }) => modelSize(width, height, processor))
  const imageTokens = item.images.map(({ width, height }) => visualTokens(width, height, processor))
  return encodeUserTurn(tokenizer, { system: preset.system, text: renderQuestion(item, sizes, preset), imageTokens, first: true }).length
}

/** At most `LENGTHS` of them, evenly over all. */
function spreadOver<T>(all: readonly T[]): T[] {
  const stride = Math.max(1, Math.ceil(all.length / LENGTHS))
  return all.filter((_, index) => index % stride === 0)
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}
