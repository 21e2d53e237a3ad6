import type { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'

/** A domain record out of stored values. Throws `unreadable_file` naming the record when the project was damaged. */
export function decode<S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new SightlineError('unreadable_file', `a stored record is damaged: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, {
    where, advice: 'restore project.sqlite from a backup', cause: result.error
  })
}

/** The value of a JSON column, still unchecked: pass it through `decode`. Text that is no JSON becomes undefined, which no schema accepts. */
export function json(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function flag(value: boolean): number
export function flag(value: boolean | null): number | null
/** SQLite has no booleans. */
export function flag(value: boolean | null): number | null {
  return value === null ? null : Number(value)
}

export function unflag(value: number): boolean
export function unflag(value: number | null): boolean | null
export function unflag(value: number | null): boolean | null {
  return value === null ? null : value !== 0
}

/** The row, or `not_found` saying what was asked for. */
export function required<T>(row: T | undefined, noun: string, id: string): T {
  if (row !== undefined) return row
  throw new SightlineError('not_found', `the project holds no ${noun} ${id}`, { advice: 'reload the list: it may have been made in another project' })
}
