import { z } from 'zod'

/** What a job is, as a key of the studio's words for jobs (`jobTitle.<key>`) with what its sentence names. */
export const JobTitle = z.object({ key: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) })
export type JobTitle = z.infer<typeof JobTitle>

/** A title as a job keeps it. */
export function jobTitle(key: string, values: JobTitle['values'] = {}): string {
  return JSON.stringify({ key, values })
}

/** A title with values; null for one that is a key alone, or the sentence of an earlier version. */
export function readJobTitle(title: string): JobTitle | null {
  return title.startsWith('{"key":') ? JobTitle.parse(JSON.parse(title)) : null
}
