import { z } from 'zod'

/** Branded record ids: a run's id cannot be passed where an item's is wanted. Sortable by creation time. */
const branded = <B extends string>(brand: B) => z.string().min(1).max(64).regex(/^[A-Za-z0-9_-]+$/).brand<B>(brand)

export const ItemId = branded('ItemId')
export type ItemId = z.infer<typeof ItemId>
export const TrajectoryId = branded('TrajectoryId')
export type TrajectoryId = z.infer<typeof TrajectoryId>
export const ReviewId = branded('ReviewId')
export type ReviewId = z.infer<typeof ReviewId>
export const DatasetVersionId = branded('DatasetVersionId')
export type DatasetVersionId = z.infer<typeof DatasetVersionId>
export const RunId = branded('RunId')
export type RunId = z.infer<typeof RunId>
export const CheckpointId = branded('CheckpointId')
export type CheckpointId = z.infer<typeof CheckpointId>
export const EvaluationId = branded('EvaluationId')
export type EvaluationId = z.infer<typeof EvaluationId>
export const PrelabelId = branded('PrelabelId')
export type PrelabelId = z.infer<typeof PrelabelId>
export const JobId = branded('JobId')
export type JobId = z.infer<typeof JobId>

/** SHA-256 of a blob's bytes, lower-case hex: the address of every picture a project keeps. */
export const BlobId = z.string().regex(/^[0-9a-f]{64}$/).brand<'BlobId'>('BlobId')
export type BlobId = z.infer<typeof BlobId>

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** A new id: 9 characters of milliseconds, 11 of chance (ids name records, they never drive a computation). */
export function newId<S extends z.ZodType>(schema: S): z.infer<S> {
  let time = Date.now()
  let stamp = ''
  for (let i = 0; i < 9; i++) {
    stamp = ALPHABET.charAt(time % 32) + stamp
    time = Math.floor(time / 32)
  }
  const chance = Array.from(crypto.getRandomValues(new Uint8Array(11)), (byte) => ALPHABET.charAt(byte % 32)).join('')
  return schema.parse(stamp + chance)
}
