import { SightlineError } from '#shared/domain/errors.ts'

const CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

/** What a failed write means when the disk is full; null for any other error. `ENOSPC: no space left on device, write` names no file, `path` may. */
export function diskFullOf(error: unknown): SightlineError | null {
  if (!(error instanceof Error) || !('code' in error) || !CODES.has(error.code)) return null
  return new SightlineError('disk_full', 'There is no room left on the disk', {
    ...('path' in error && typeof error.path === 'string' ? { where: error.path } : {}),
    advice: 'Free some space and resume: everything up to the last saved state is whole',
    cause: error
  })
}
