import { oc } from '@orpc/contract'
import { z } from 'zod'
import { ErrorRecord } from '../domain/errors.ts'

/** Every procedure may fail with an expected error; its record crosses the door as data. */
export const procedure = oc.errors({ SIGHTLINE: { status: 422, data: ErrorRecord } })

/** Keyset pages: pass the last page's `next` back as `cursor`; null = no more. */
export const PageRequest = z.object({ cursor: z.string().nullable().default(null), limit: z.int().positive().max(500).default(100) })
export type PageRequest = z.infer<typeof PageRequest>

export const page = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row), next: z.string().nullable(), total: z.int() })

/** A path inside the project folder, with forward slashes; never absolute, never upwards. */
export const ProjectPath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => !path.startsWith('/') && !/^[A-Za-z]:/.test(path) && !path.split(/[\\/]/).includes('..'), 'must stay inside the project folder')
