import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { newId, ReviewId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { decodeImage, encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import { scorePath } from '../reward/compose.ts'
import { editPath, picturesToDraw } from '../rollout/editPath.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { toTrajectory } from '../rollout/record.ts'
import { setEditHistory } from '../store/editHistories.ts'
import { itemOfPath } from '../store/itemVersions.ts'
import type { ProjectReader, ProjectWriter } from '../store/project.ts'
import { addReview } from '../store/reviews.ts'
import { setReward } from '../store/rewards.ts'
import { getTrajectory, insertTrajectory, listAncestors } from '../store/trajectories.ts'

/**
 * Stores an edited copy of a path, durable when this returns: pictures redrawn, reward computed anew (none for a cut path: it is
 * neither right nor wrong), the parent untouched, with what its reviewer says about it and can undo.
 * @throws SightlineError `not_found`, `bad_input`
 */
export async function saveEdit(project: ProjectWriter, edit: TrajectoryEdit): Promise<TrajectoryId> {
  const parent = getTrajectory(project, edit.parentId)
  const item = itemOfPath(project, parent)
  const whole = uncut(project, parent, edit.keepSteps)
  const wanted = picturesToDraw(whole, edit)
  const sources = await Promise.all(item.images.map(async ({ blob }, index) => wanted.has(index + 1) ? decodeImage(await project.blobs.get(blob), blob) : undefined))
  const draft = editPath(whole, edit, sources, loadDrawStyle(parent.drawStyle))
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'human', reviewer: edit.reviewer }, prompt: parent.prompt, drawStyle: parent.drawStyle, parentId: parent.id,
    putImage: (raw) => putDrawn(project.blobs, raw)
  })
  const reward = trajectory.finishReason === 'cut' ? null : scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: loadPromptPreset(parent.prompt).turnShape })
  project.transaction(() => {
    insertTrajectory(project, trajectory)
    if (reward !== null) setReward(project, trajectory.id, reward)
    const { statement, history, reviewer } = edit
    if (statement !== undefined) addReview(project, { ...statement, id: newId(ReviewId), trajectoryId: trajectory.id, reviewer, createdAt: trajectory.createdAt })
    if (history !== undefined) setEditHistory(project, trajectory.id, reviewer, history, parent.id)
  }, { durable: true })
  return trajectory.id
}

/**
 * What an edit starts from: the parent, followed by the steps an earlier version had after a cut where the edit wants them back.
 * The newest version that had them says what they were.
 */
function uncut(project: ProjectReader, parent: Trajectory, keepSteps: number | null | undefined): Trajectory {
  const wanted = ({ steps, finishReason }: Trajectory): boolean => keepSteps === null ? finishReason !== 'cut' : steps.length >= (keepSteps ?? 0)
  if (wanted(parent)) return parent
  for (const id of listAncestors(project, parent.id).reverse()) {
    const earlier = getTrajectory(project, id)
    if (wanted(earlier)) return { ...earlier, steps: [...parent.steps, ...earlier.steps.slice(parent.steps.length)] }
  }
  throw new SightlineError('bad_input', `No version of this path has ${keepSteps ?? 'more'} steps`, { where: `path ${parent.id}, ${parent.steps.length} steps` })
}

async function putDrawn(blobs: BlobStore, raw: RawImage): Promise<ImageRef> {
  const blob = await blobs.put(await encodePng(raw), 'image/png')
  return { blob, width: raw.width, height: raw.height, mime: 'image/png', origin: { kind: 'drawn' } }
}
