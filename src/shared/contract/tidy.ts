import { z } from 'zod'
import { JobId } from '../domain/ids.ts'
import { procedure } from './base.ts'

/** Pictures and videos in the project's store that nobody uses. */
export const UnusedPictures = z.object({
  pictures: z.int(), bytes: z.int(),
  /** Unused as well, but stored within the last day: somebody may be about to use them. */
  recent: z.int()
})
export type UnusedPictures = z.infer<typeof UnusedPictures>

export const tidyContract = {
  /** Looks and deletes nothing. */
  preview: procedure.output(UnusedPictures),
  /** Deletes them in a job, which waits for training and other work of an engine. */
  start: procedure.output(z.object({ jobId: JobId }))
}
