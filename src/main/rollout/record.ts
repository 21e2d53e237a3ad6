import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { newId, TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step, Trajectory, TrajectoryOrigin } from '#shared/domain/trajectory.ts'
import type { RawImage } from '../image/rawImage.ts'
import type { DraftStep, PathDraft } from './episode.ts'

export interface RecordOptions {
  readonly item: Pick<DatasetItem, 'id' | 'version'>
  readonly origin: TrajectoryOrigin
  /** Names of the prompt preset and of the drawing style. */
  readonly prompt: string
  readonly drawStyle: string
  readonly parentId?: TrajectoryId
  /** Store a drawn picture (kept exactly as the model saw it) and name it. */
  readonly putImage: (raw: RawImage) => Promise<ImageRef>
}

/** Turn a finished path into its record: its pictures become blobs. */
export async function toTrajectory(draft: PathDraft, options: RecordOptions): Promise<Trajectory> {
  const steps: Step[] = []
  for (const step of draft.steps) steps.push(await storedStep(step, options.putImage))
  return {
    id: newId(TrajectoryId),
    itemId: options.item.id,
    ...(options.item.version !== undefined && { itemVersion: options.item.version }),
    parentId: options.parentId ?? null,
    origin: options.origin,
    prompt: options.prompt,
    drawStyle: options.drawStyle,
    modelSizes: draft.modelSizes.map(({ width, height }) => ({ width, height })),
    steps,
    answer: draft.answer,
    finishReason: draft.finishReason,
    finishStep: draft.finishStep,
    createdAt: new Date().toISOString()
  }
}

async function storedStep(step: DraftStep, putImage: RecordOptions['putImage']): Promise<Step> {
  const observations = []
  for (const { image, ...observation } of step.observations) observations.push({ ...observation, image: await putImage(image) })
  return { ...step, observations }
}
