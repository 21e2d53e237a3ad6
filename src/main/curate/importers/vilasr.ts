import { realpath } from 'node:fs/promises'
import path from 'node:path'
import type { DatasetItem, DataType, Split } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { insertItems } from '../../store/items.ts'
import type { ProjectWriter } from '../../store/project.ts'
import { DEFAULT_SPLITS, placeItem, type SplitPolicy } from '../split.ts'
import { isVideoPath, MediaFiles } from './mediaFiles.ts'
import { countRecords, readRecords, type RecordText } from './records.ts'
import { readFacts, type RecordFacts } from './vilasrFields.ts'

export interface ImportOptions {
  signal?: AbortSignal
  /** Records dealt with so far, of how many. */
  onProgress?: (done: number, total: number) => void
  /** One split for all, or how to draw it by content where a record names none. */
  split?: Split | SplitPolicy
}

export interface ImportReport {
  imported: number
  /** Records the project had already (same question, options, answer and pictures). */
  duplicates: number
  duplicateLines: number[]
  /** Records left out, each with the line it starts on and the reason in words. */
  refused: { line: number; reason: string }[]
  itemIds: ItemId[]
}

/**
 * Imports ViLaSR RL or evaluation records (JSON array or JSON lines) with the pictures and videos beside them. Each record
 * comes in whole or not at all; what is wrong with one is reported and the rest imported. Importing a file again only
 * adds what is new. Throws `unreadable_file` for the record file itself, `cancelled` (keeping what is in) on abort.
 */
export async function importFile(project: ProjectWriter, file: string, options: ImportOptions = {}): Promise<ImportReport> {
  const total = await readable(file, () => countRecords(file))
  const media = new MediaFiles(project, await realpath(path.dirname(file)))
  const report: ImportReport = { imported: 0, duplicates: 0, duplicateLines: [], refused: [], itemIds: [] }
  let done = 0
  for await (const record of readRecords(file)) {
    stopIfAsked(options.signal, report, file)
    try {
      await importRecord(project, media, record, path.basename(file), options, report)
    } catch (error) {
      stopIfAsked(options.signal, report, file)
      if (!(error instanceof SightlineError) || !REFUSALS.has(error.code)) throw error
      report.refused.push({ line: record.line, reason: reasonOf(error) })
    }
    options.onProgress?.(++done, total)
  }
  return report
}

/** Failures of one record's files; anything else (a full disk, a defect) ends the import. */
const REFUSALS: ReadonlySet<string> = new Set(['outside_project', 'not_found', 'unreadable_file', 'unsupported', 'bad_input'])

async function importRecord(
  project: ProjectWriter, media: MediaFiles, record: RecordText, file: string, options: ImportOptions, report: ImportReport
): Promise<void> {
  const { line } = record
  const facts = factsOf(record)
  if ('reason' in facts) {
    report.refused.push({ line, reason: facts.reason })
    return
  }
  const images = await media.load(facts.paths, options.signal)
  project.transaction(() => {
    const split = typeof options.split === 'string' ? options.split : placeItem(project, images.map(({ blob }) => blob), options.split ?? DEFAULT_SPLITS, facts.split)
    const item = itemOf(facts, images, split, { file, line })
    const { inserted, duplicates } = insertItems(project, [item])
    if (duplicates.length > 0) report.duplicateLines.push(line)
    report.itemIds.push(...inserted)
  })
  report.imported = report.itemIds.length
  report.duplicates = report.duplicateLines.length
}

function factsOf({ text }: RecordText): RecordFacts | { reason: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { reason: `broken JSON: ${error.message}` }
  }
  const read = readFacts(value)
  return 'facts' in read ? read.facts : read
}

function itemOf(facts: RecordFacts, images: ImageRef[], split: Split, origin: { file: string; line: number }): DatasetItem {
  const { task, questionType, question, options, answer, tags } = facts
  return {
    id: newId(ItemId), task, split, dataType: dataTypeOf(facts), questionType, question, options, answer, images, truth: [], tags,
    origin: { kind: 'import', ...origin }, createdAt: new Date().toISOString()
  }
}

/** The record's word where it is one of ours, else what its files show. */
function dataTypeOf({ declaredType, paths }: RecordFacts): DataType {
  if (declaredType !== null) return declaredType
  if (paths.some(isVideoPath)) return 'video'
  return paths.length > 1 ? 'multiView' : 'image'
}

/** A record may name several files: which one it is about belongs to the reason. */
function reasonOf({ message, where, advice }: SightlineError): string {
  const about = where === undefined || message.includes(where) ? message : `${where}: ${message}`
  return advice === undefined ? about : `${about} (${advice})`
}

function stopIfAsked(signal: AbortSignal | undefined, report: ImportReport, file: string): void {
  if (signal?.aborted !== true) return
  throw new SightlineError('cancelled', `the import was stopped after ${report.imported} new records`, {
    where: file, advice: 'what is in stays; import the file again to go on'
  })
}

async function readable<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new SightlineError('unreadable_file', `the record file cannot be read: ${cause.message}`, { where: file, advice: 'give a .json or .jsonl file', cause })
  }
}
