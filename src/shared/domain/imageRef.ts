import { z } from 'zod'
import { BlobId } from './ids.ts'

/** Where a picture came from: a file, a frame of a video (decoded once, with decoder and time), a drawing step or a generator. */
export const ImageOrigin = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), name: z.string() }),
  z.object({ kind: z.literal('frame'), video: z.string(), seconds: z.number().nonnegative(), decoder: z.string() }),
  z.object({ kind: z.literal('drawn') }),
  z.object({ kind: z.literal('generated'), generator: z.string() })
])
export type ImageOrigin = z.infer<typeof ImageOrigin>

/** A picture by content address; width and height in its own (source) pixels. */
export const ImageRef = z.object({
  blob: BlobId,
  width: z.int().positive(),
  height: z.int().positive(),
  mime: z.enum(['image/png', 'image/jpeg', 'image/webp']),
  origin: ImageOrigin
})
export type ImageRef = z.infer<typeof ImageRef>
