import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import { newId, ReviewId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { decodeImage, encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import { scorePath } from '../reward/compose.ts'
import { editPath } from '../rollout/editPath.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { toTrajectory } from '../rollout/record.ts'
import { setEditHistory } from '../store/editHistories.ts'
import { getItem } from '../store/items.ts'
import type { ProjectWriter } from '../store/project.ts'
import { addReview } from '../store/reviews.ts'
import { setReward } from '../store/rewards.ts'
import { getTrajectory, insertTrajectory } from '../store/trajectories.ts'

/**
 * Stores an edited copy of a path, durable when this returns: pictures redrawn, reward computed anew, the parent untouched,
 * with what its reviewer says about it and can undo.
 * @throws SightlineError `not_found`, `bad_input`
 */
export async function saveEdit(project: ProjectWriter, edit: TrajectoryEdit): Promise<TrajectoryId> {
  const parent = getTrajectory(project, edit.parentId)
  const item = getItem(project, parent.itemId)
  const sources = await Promise.all(item.images.map(async ({ blob }) => decodeImage(await project.blobs.get(blob), blob)))
  const draft = editPath(parent, edit, sources, loadDrawStyle(parent.drawStyle))
  const trajectory = await toTrajectory(draft, {
    item, origin: { kind: 'human', reviewer: edit.reviewer }, prompt: parent.prompt, drawStyle: parent.drawStyle, parentId: parent.id,
    putImage: (raw) => putDrawn(project.blobs, raw)
  })
  const reward = scorePath(item, trajectory, { scale: 'sum', gate: 0, shape: loadPromptPreset(parent.prompt).turnShape })
  project.transaction(() => {
    insertTrajectory(project, trajectory)
    setReward(project, trajectory.id, reward)
    const { statement, history, reviewer } = edit
    if (statement !== undefined) addReview(project, { ...statement, id: newId(ReviewId), trajectoryId: trajectory.id, reviewer, createdAt: trajectory.createdAt })
    if (history !== undefined) setEditHistory(project, trajectory.id, reviewer, history, parent.id)
  }, { durable: true })
  return trajectory.id
}

async function putDrawn(blobs: BlobStore, raw: RawImage): Promise<ImageRef> {
  const blob = await blobs.put(await encodePng(raw), 'image/png')
  return { blob, width: raw.width, height: raw.height, mime: 'image/png', origin: { kind: 'drawn' } }
}
