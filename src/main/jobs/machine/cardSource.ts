import type { CardReading } from '#shared/domain/machine.ts'

/** Something that tells of graphics cards. */
export interface CardSource {
  /** Null: it tells of none, or not yet. */
  read(): Promise<readonly CardReading[] | null>
  close(): void
}
