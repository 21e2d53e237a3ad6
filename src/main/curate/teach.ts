import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { teacherName } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import type { ImageOrigin, ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { Sampling, Trajectory } from '#shared/domain/trajectory.ts'
import type { ChatClient } from '../endpoint/chatClient.ts'
import { EndpointTurns } from '../endpoint/endpointTurns.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { decodeImage, encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import { scorePath } from '../reward/compose.ts'
import type { EpisodeOptions } from '../rollout/episode.ts'
import { rollOut } from '../rollout/group.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { toTrajectory } from '../rollout/record.ts'
import { readStudentLimits } from '../rollout/studentLimits.ts'
import { getItem } from '../store/items.ts'
import type { ProjectWriter } from '../store/project.ts'

/** One path that is wanted. */
export interface PathWish {
  readonly itemId: ItemId
  /** Which of the item's samples it is (0-based). */
  readonly groupIndex: number
  /** The path to go on from, after its first `steps` turns; the new path names it as its parent. */
  readonly prefix?: { readonly path: Trajectory; readonly steps: number }
}

export interface TeachOptions {
  readonly wishes: readonly PathWish[]
  /** Absolute folder of the checkpoint the paths are for. */
  readonly studentFolder: string
  readonly prompt: string
  readonly drawStyle: string
  readonly sampling: Sampling
  readonly signal: AbortSignal
  /** Told of each path with what it earned; its pictures are stored, the path is not. */
  onPath(trajectory: Trajectory, reward: Reward): void
  /** Told of each wish the endpoint gave no usable reply to. */
  onFailure(item: DatasetItem, error: SightlineError): void
}

/** Failures that the next item would meet as well. */
const HOPELESS = new Set(['unauthorized', 'not_found', 'rate_limited', 'unreachable', 'cancelled', 'disk_full'])
/** So many wishes in a row without a usable reply mean that the endpoint cannot do this. */
const MOST_FAILURES = 5

/**
 * Lets an endpoint write the wished paths, through the same prompt, parser, drawing and endings as a policy, each with its reward, good
 * and bad alike. As many are in flight as the client's parallelism.
 * @throws SightlineError the failure that ended it
 */
export async function teachItems(project: ProjectWriter, client: ChatClient, options: TeachOptions): Promise<void> {
  const { prompt, drawStyle, sampling } = options
  const episode: EpisodeOptions = {
    preset: loadPromptPreset(prompt), style: loadDrawStyle(drawStyle), sampling, smartResize: await readStudentLimits(options.studentFolder)
  }
  const waiting = options.wishes.entries()
  const end = { error: null as unknown, failures: 0 }
  const worker = async (): Promise<void> => {
    for (const [, wish] of waiting) {
      if (end.error !== null) return
      const item = getItem(project, wish.itemId)
      try {
        await writePath(project, client, item, wish, episode, options)
        end.failures = 0
      } catch (error) {
        if (!isPassing(error) || ++end.failures >= MOST_FAILURES) {
          end.error ??= error
          return
        }
        options.onFailure(item, error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(client.endpoint.parallelism, options.wishes.length) }, worker))
  if (end.error !== null) throw end.error
}

function isPassing(error: unknown): error is SightlineError {
  return error instanceof SightlineError && !HOPELESS.has(error.code)
}

async function writePath(project: ProjectWriter, client: ChatClient, item: DatasetItem, { groupIndex, prefix }: PathWish, episode: EpisodeOptions, options: TeachOptions): Promise<void> {
  const seed = itemSeed(item, options.sampling.seed, groupIndex)
  const images = await Promise.all(item.images.map(async ({ blob }) => decodeImage(await project.blobs.get(blob), blob)))
  const input = { item, images, seed, groupIndex, ...(prefix && { prefix: { ...prefix.path, steps: prefix.path.steps.slice(0, prefix.steps) } }) }
  const [draft] = await rollOut([input], new EndpointTurns(client), episode, { concurrency: 1, signal: options.signal })
  if (draft === undefined) throw new RangeError('A rollout of one item gave no path')
  const trajectory = await toTrajectory(draft, {
    item, ...(prefix && { parentId: prefix.path.id }), origin: { kind: 'teacher', teacher: teacherName(client.endpoint), seed }, prompt: episode.preset.name, drawStyle: options.drawStyle,
    putImage: (raw) => storePicture(project, raw, { kind: 'drawn' })
  })
  options.onPath(trajectory, scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: episode.preset.turnShape }))
}

/** By where an item came from, not by its id: two projects made alike are taught alike. */
function itemSeed({ origin, task }: DatasetItem, seed: number, groupIndex: number): number {
  const from = origin.kind === 'synthetic' ? `${origin.generator} ${origin.seed} ${origin.index}` : `${origin.file} ${origin.line}`
  return Random.seeded(seed, `teach ${task} ${from}${groupIndex === 0 ? '' : ` ${groupIndex}`}`).integer(0, 2 ** 31 - 1)
}

async function storePicture(project: ProjectWriter, raw: RawImage, origin: ImageOrigin): Promise<ImageRef> {
  const blob = await project.blobs.put(await encodePng(raw), 'image/png')
  return { blob, width: raw.width, height: raw.height, mime: 'image/png', origin }
}
