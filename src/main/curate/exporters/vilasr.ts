import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { DatasetItem, QuestionType } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { getItem } from '../../store/items.ts'
import type { ProjectReader } from '../../store/project.ts'

export interface ExportOptions {
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

export interface ExportReport {
  items: number
  pictures: number
  /** What the format has no place for, in words. */
  lost: string[]
}

const QUESTION_TYPES: Readonly<Record<QuestionType, string>> = {
  multipleChoice: 'multiple choice', numerical: 'numerical', regression: 'regression', freeForm: 'free-form', vci: 'vci'
}
const SUFFIXES: Readonly<Record<ImageRef['mime'], string>> = { 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' }
const LOST = {
  truth: 'ground-truth shapes', frames: 'videos (their frames are exported as pictures)'
}

/**
 * Writes items as ViLaSR RL records: `<folder>/vilasr_rl_data.jsonl` and `<folder>/images/<hash>.<type>`, paths relative.
 * Split and tags are additions of ours to that form. Importing the file again gives the same questions over the same pictures. The record file appears last and whole, in place
 * of an earlier one. Throws `cancelled` on abort and `conflict` while another export writes there.
 */
export async function exportVilasr(project: ProjectReader, folder: string, ids: readonly ItemId[], options: ExportOptions = {}): Promise<ExportReport> {
  const target = path.join(folder, 'vilasr_rl_data.jsonl')
  await mkdir(path.join(folder, 'images'), { recursive: true })
  const written = new Set<string>()
  const lost = new Set<string>()
  const temporary = `${target}.part`
  const handle = await open(temporary, 'wx').catch((cause: unknown) => {
    throw new SightlineError('conflict', 'another export is being written to this folder', { where: temporary, advice: 'choose another folder, or delete that file', cause })
  })
  try {
    for (const [done, id] of ids.entries()) {
      if (options.signal?.aborted === true) throw new SightlineError('cancelled', `the export was stopped after ${done} of ${ids.length} items`, { where: folder })
      const item = getItem(project, id)
      for (const image of item.images) await writePicture(project, folder, image, written)
      await handle.write(`${JSON.stringify(recordOf(item))}\n`)
      noteLost(item, lost)
      options.onProgress?.(done + 1, ids.length)
    }
    await handle.sync()
    await handle.close()
    await rename(temporary, target)
  } catch (error) {
    await handle.close()
    await rm(temporary, { force: true })
    throw error
  }
  return { items: ids.length, pictures: written.size, lost: [...lost].sort() }
}

function recordOf(item: DatasetItem): object {
  return {
    question: item.question,
    answer: item.answer,
    image_path: item.images.map(pictureName),
    data_type: item.dataType === 'video' ? 'video' : item.dataType === 'multiView' ? 'multi_view' : 'single_view',
    question_type: QUESTION_TYPES[item.questionType],
    original_question_type: item.task,
    ...(item.options === null ? {} : { options: item.options }),
    split: item.split,
    tags: item.tags
  }
}

/** Forward slashes on every system: it is a name inside the record file. */
function pictureName({ blob, mime }: ImageRef): string {
  return `images/${blob}.${SUFFIXES[mime]}`
}

async function writePicture(project: ProjectReader, folder: string, image: ImageRef, written: Set<string>): Promise<void> {
  const name = pictureName(image)
  if (written.has(name)) return
  const file = path.join(folder, name)
  const handle = await open(`${file}.part`, 'w')
  try {
    await handle.writeFile(await project.blobs.get(image.blob))
  } finally {
    await handle.close()
  }
  await rename(`${file}.part`, file)
  written.add(name)
}

function noteLost({ truth, images }: DatasetItem, lost: Set<string>): void {
  if (truth.length > 0) lost.add(LOST.truth)
  if (images.some(({ origin }) => origin.kind === 'frame')) lost.add(LOST.frames)
}
