import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnusedPictures } from '#shared/contract/tidy.ts'
import { type BlobId, JobId, newId } from '#shared/domain/ids.ts'
import { thumbnailFolder } from '../blobs/thumbnailFolder.ts'
import { listVideos } from '../store/media.ts'
import type { ProjectReader, ProjectWriter } from '../store/project.ts'
import { forgetUnused, unusedOf } from '../store/unusedBlobs.ts'
import type { JobContext } from './jobRunner.ts'
import type { Summary } from './jobLog.ts'
import { ratedProgress } from './ratedProgress.ts'
import type { Workshop } from './workshop.ts'

/** A day: pictures are stored before the record that shows them, by an import or a form somebody still fills in. */
const GRACE_MILLISECONDS = 86_400_000
const AT_ONCE = 500

interface Looked { readonly blob: BlobId; readonly bytes: number; readonly touched: number }

/** Pictures and videos nobody uses, and how many of them are too new to be sure; deletes nothing. `now` in epoch milliseconds. */
export async function surveyUnused(project: ProjectReader, now: number, signal?: AbortSignal): Promise<UnusedPictures> {
  const found: UnusedPictures = { pictures: 0, bytes: 0, recent: 0 }
  await eachUnused(project, (unused) => {
    for (const { bytes, touched } of unused) {
      if (touched >= now - GRACE_MILLISECONDS) found.recent++
      else {
        found.pictures++
        found.bytes += bytes
      }
    }
  }, signal)
  return found
}

/** Queues deleting what nobody uses. It waits for engines: they may know pictures that no record shows yet. */
export function startTidy(workshop: Workshop): { jobId: JobId } {
  const jobId = newId(JobId)
  workshop.runner.submit({ id: jobId, kind: 'tidy', title: 'tidy', lane: 'engine', runId: null, work: (context) => tidy(workshop.project, context, Date.now()) })
  return { jobId }
}

/**
 * Deletes pictures and videos nobody uses, with their small copies. The project forgets a picture first: killed in between, it leaves a
 * file that the next time finds unused again.
 */
export async function tidy(project: ProjectWriter, context: JobContext, now: number): Promise<Summary> {
  const freed = { pictures: 0, bytes: 0 }
  const before = now - GRACE_MILLISECONDS
  const remove = async (unused: readonly Looked[]): Promise<void> => {
    const old = unused.filter(({ touched }) => touched < before).map(({ blob }) => blob)
    for (const blob of old.length === 0 ? [] : forgetUnused(project, old, before)) {
      const bytes = await project.blobs.remove(blob, before)
      if (bytes === null) continue
      freed.pictures++
      freed.bytes += bytes
      await removeThumbnails(project.folder, blob)
    }
  }
  await eachUnused(project, remove, context.stop, ratedProgress(context, '', 'files'))
  // A video is used while its frames are known: once those are gone it may be unused too.
  const videos = await looked(project, listVideos(project).map(({ blob }) => blob as BlobId))
  await remove(videos.filter(({ blob }) => unusedOf(project, [blob]).length > 0))
  return { pictures: freed.pictures, megabytes: Math.round(freed.bytes / 1e5) / 10 }
}

/** Looks through the whole store, some files at a time. @throws the signal's reason when aborted */
async function eachUnused(
  project: ProjectReader, take: (unused: readonly Looked[]) => Promise<void> | void, signal?: AbortSignal, onProgress?: (done: number, total: number) => void
): Promise<void> {
  const blobs = await project.blobs.list()
  for (let from = 0; from < blobs.length; from += AT_ONCE) {
    signal?.throwIfAborted()
    await take(await looked(project, unusedOf(project, blobs.slice(from, from + AT_ONCE))))
    onProgress?.(Math.min(from + AT_ONCE, blobs.length), blobs.length)
  }
}

async function looked(project: ProjectReader, blobs: readonly BlobId[]): Promise<Looked[]> {
  const files = await Promise.all(blobs.map(async (blob): Promise<Looked | null> => {
    const file = await stat(project.blobs.path(blob)).catch(absent)
    return file === null ? null : { blob, bytes: file.size, touched: file.mtimeMs }
  }))
  return files.filter((file) => file !== null)
}

async function removeThumbnails(projectFolder: string, blob: BlobId): Promise<void> {
  const folder = thumbnailFolder(projectFolder, blob)
  const names = await readdir(folder).catch(absent) ?? []
  await Promise.all(names.filter((name) => name.startsWith(blob)).map((name) => rm(join(folder, name), { force: true })))
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
