import { SightlineError } from '#shared/domain/errors.ts'

const CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'disk_full'])

/** What a failed write means to work that can be resumed when the disk is full, however it was told; null for any other error. */
export function diskFullOf(error: unknown): SightlineError | null {
  if (!(error instanceof Error) || !('code' in error) || !CODES.has(error.code)) return null
  const where = error instanceof SightlineError ? error.where : 'path' in error && typeof error.path === 'string' ? error.path : undefined
  return new SightlineError('disk_full', 'There is no room left on the disk', {
    ...(where === undefined ? {} : { where }),
    advice: 'Free some space and resume: everything up to the last saved state is whole',
    cause: error
  })
}
