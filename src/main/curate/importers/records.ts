import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** One record of a file as text, with the line it starts on (1-based). */
export interface RecordText {
  line: number
  text: string
}

/** Records of a JSON array, a lone JSON object, or JSON lines; whichever the file's first character tells. Throws Node's file errors. */
export async function* readRecords(file: string): AsyncGenerator<RecordText> {
  if (await startsWithBracket(file)) yield* splitArray(await readFile(file, 'utf8'))
  else yield* readLines(file)
}

/** How many records `readRecords` will yield. */
export async function countRecords(file: string): Promise<number> {
  const records = readRecords(file)
  let count = 0
  while ((await records.next()).done !== true) count++
  return count
}

async function* readLines(file: string): AsyncGenerator<RecordText> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    line++
    const record = line === 1 ? text.replace(/^\uFEFF/, '') : text
    if (record.trim() !== '') yield { line, text: record }
  }
}

async function startsWithBracket(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 4096 })) {
    const first = String(chunk).replace(/^\uFEFF/, '').trimStart()
    if (first !== '') return first.startsWith('[')
  }
  return false
}

/**
 * The elements of a JSON array as texts. Only brackets and strings are looked at, so one broken element does not take
 * the others with it; an array that is cut off yields its cut last element.
 */
export function* splitArray(text: string): Generator<RecordText> {
  let depth = 0
  let inString = false
  let line = 1
  let start = -1
  let startLine = 1
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\n') line++
    if (inString) {
      if (char === '\\') at++
      else if (char === '"') inString = false
      continue
    }
    const ends = depth === 1 && (char === ',' || char === ']')
    if (ends) {
      if (start >= 0) yield { line: startLine, text: text.slice(start, at) }
      start = -1
    } else if (depth >= 1 && start < 0 && char.trim() !== '') {
      start = at
      startLine = line
    }
    if (char === '"') inString = true
    else if (char === '[' || char === '{') depth++
    else if (char === ']' || char === '}') depth--
    if (depth === 0 && ends) return
  }
  if (start >= 0) yield { line: startLine, text: text.slice(start) }
}
