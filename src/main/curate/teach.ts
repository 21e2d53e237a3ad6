import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { teacherName } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { ItemId, TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageOrigin, ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { ChatClient } from '../endpoint/chatClient.ts'
import { EndpointTurns } from '../endpoint/endpointTurns.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { decodeImage, encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import { scorePath } from '../reward/compose.ts'
import { type DropReason, dropReason } from '../reward/teacherRule.ts'
import type { EpisodeOptions } from '../rollout/episode.ts'
import { rollOut } from '../rollout/group.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { toTrajectory } from '../rollout/record.ts'
import { readStudentLimits } from '../rollout/studentLimits.ts'
import { getItem } from '../store/items.ts'
import type { ProjectWriter } from '../store/project.ts'
import { setReward } from '../store/rewards.ts'
import { insertTrajectory } from '../store/trajectories.ts'

export interface TeachOptions {
  readonly itemIds: readonly ItemId[]
  /** Absolute folder of the checkpoint the paths are for. */
  readonly studentFolder: string
  readonly prompt: string
  readonly drawStyle: string
  readonly sampling: Sampling
  readonly minSteps: number
  readonly signal: AbortSignal
  /** Told of each stored path; `dropped` null: worth learning from. */
  onPath(id: TrajectoryId, dropped: DropReason | null): void
  /** Told of each item the endpoint gave no usable reply to; it is asked again the next time. */
  onFailure(item: DatasetItem, error: SightlineError): void
}

/** Failures that the next item would meet as well. */
const HOPELESS = new Set(['unauthorized', 'not_found', 'rate_limited', 'unreachable', 'cancelled', 'disk_full'])
/** So many items in a row without a usable reply mean that the endpoint cannot do this. */
const MOST_FAILURES = 5

/**
 * Lets an endpoint write one path for each item, through the same prompt, parser, drawing and endings as a policy, and stores every path
 * with its reward, kept and dropped alike. As many items are in flight as the client's parallelism.
 * @throws SightlineError the failure that ended it; what was stored stays
 */
export async function teachItems(project: ProjectWriter, client: ChatClient, options: TeachOptions): Promise<void> {
  const { prompt, drawStyle, sampling } = options
  const episode: EpisodeOptions = {
    preset: loadPromptPreset(prompt), style: loadDrawStyle(drawStyle), sampling, smartResize: await readStudentLimits(options.studentFolder)
  }
  const waiting = options.itemIds.entries()
  const end = { error: null as unknown, failures: 0 }
  const worker = async (): Promise<void> => {
    for (const [, id] of waiting) {
      if (end.error !== null) return
      const item = getItem(project, id)
      try {
        await teachItem(project, client, item, episode, options)
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
  await Promise.all(Array.from({ length: Math.min(client.endpoint.parallelism, options.itemIds.length) }, worker))
  if (end.error !== null) throw end.error
}

function isPassing(error: unknown): error is SightlineError {
  return error instanceof SightlineError && !HOPELESS.has(error.code)
}

async function teachItem(project: ProjectWriter, client: ChatClient, item: DatasetItem, episode: EpisodeOptions, options: TeachOptions): Promise<void> {
  const seed = itemSeed(item, options.sampling.seed)
  const images = await Promise.all(item.images.map(async ({ blob }) => decodeImage(await project.blobs.get(blob), blob)))
  const [draft] = await rollOut([{ item, images, seed, groupIndex: 0 }], new EndpointTurns(client), episode, { concurrency: 1, signal: options.signal })
  if (draft === undefined) throw new RangeError('A rollout of one item gave no path')
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'teacher', teacher: teacherName(client.endpoint), seed }, prompt: episode.preset.name, drawStyle: options.drawStyle,
    putImage: (raw) => storePicture(project, raw, { kind: 'drawn' })
  })
  const reward = scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: episode.preset.turnShape })
  project.transaction(() => {
    insertTrajectory(project, trajectory)
    setReward(project, trajectory.id, reward)
  })
  options.onPath(trajectory.id, dropReason({ reward, finishReason: trajectory.finishReason, steps: trajectory.steps.length }, options.minSteps))
}

/** By where an item came from, not by its id: two projects made alike are taught alike. */
function itemSeed({ origin, task }: DatasetItem, seed: number): number {
  const from = origin.kind === 'synthetic' ? `${origin.generator} ${origin.seed} ${origin.index}` : `${origin.file} ${origin.line}`
  return Random.seeded(seed, `teach ${task} ${from}`).integer(0, 2 ** 31 - 1)
}

async function storePicture(project: ProjectWriter, raw: RawImage, origin: ImageOrigin): Promise<ImageRef> {
  const blob = await project.blobs.put(await encodePng(raw), 'image/png')
  return { blob, width: raw.width, height: raw.height, mime: 'image/png', origin }
}
