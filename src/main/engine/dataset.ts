import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { DatasetLine } from './protocol.ts'

/**
 * Reads a job's frozen data, ordered by where its items came from: ids differ between two projects made with the same seed, what
 * they are drawn and trained in order of must not.
 * @throws SightlineError `unreadable_file` naming the line, `bad_input` when it holds nothing.
 */
export async function readDataset(file: string): Promise<DatasetLine[]> {
  if (!existsSync(file)) throw new SightlineError('unreadable_file', 'The frozen data of this job is gone', { where: file, advice: 'start the job again' })
  const lines: DatasetLine[] = []
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++
    if (text.trim() === '') continue
    const parsed = DatasetLine.safeParse(jsonOf(text, file, number))
    if (!parsed.success) throw unreadable(file, number, parsed.error.issues[0]?.message ?? 'wrong form')
    lines.push(parsed.data)
  }
  if (lines.length === 0) {
    throw new SightlineError('bad_input', 'There are no items to work on', { where: file, advice: 'choose tasks and a split that hold items' })
  }
  const keyed = lines.map((line) => ({ line, key: `${originKey(line.item)} ${line.item.id}` }))
  return keyed.sort((a, b) => a.key < b.key ? -1 : 1).map(({ line }) => line)
}

function originKey({ task, origin }: DatasetItem): string {
  const number = (value: number): string => String(value).padStart(12, '0')
  return origin.kind === 'synthetic'
    ? `${task} ${origin.generator} ${number(origin.seed)} ${number(origin.index)}`
    : `${task} ${origin.file} ${number(origin.line)}`
}

function jsonOf(text: string, file: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable(file, number, error.message)
    throw error
  }
}

function unreadable(file: string, number: number, why: string): SightlineError {
  return new SightlineError('unreadable_file', `The frozen data of this job cannot be read: ${why}`, {
    where: `${file}, line ${number}`, advice: 'start the job again'
  })
}
