import JSON5 from 'json5'

/** What a fenced block holds: its value, or the objects that could be saved from a block that cannot be read whole. */
export type Literal =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly saved: readonly unknown[]; readonly reason: string }

/**
 * Read a JSON, JSON5 (trailing commas, comments, single quotes) or Python literal (tuples, None, True, # comments)
 * without evaluating anything. A block that is broken or cut short yields the complete `{...}` objects inside it.
 * Never throws.
 */
export function readLiteral(written: string): Literal {
  const text = written.replace(STRING, escapeSeparators)
  const whole = attempt(text)
  if (whole.ok) return whole
  const saved: unknown[] = []
  for (const part of completeObjects(text)) {
    const read = attempt(part)
    if (read.ok) saved.push(read.value)
  }
  return { ok: false, saved, reason: whole.reason }
}

function attempt(text: string): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: JSON5.parse(text) as unknown }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  try {
    return { ok: true, value: JSON5.parse(pythonToJson5(text)) as unknown }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return { ok: false, reason: error.message.replace(/^JSON5: /, '') }
  }
}

/** U+2028 and U+2029 may stand in JSON strings but not in JSON5's, whose parser warns on the console. */
function escapeSeparators(string: string): string {
  return string.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

const PYTHON_WORDS: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' }

/** Rewrite what Python spells differently, outside string literals only. Tuples become arrays. */
function pythonToJson5(text: string): string {
  return mapOutsideStrings(text, (code) =>
    code
      .replace(/#.*/g, '')
      .replace(/\(/g, '[')
      .replace(/\)/g, ']')
      .replace(/\b(?:None|True|False)\b/g, (word) => PYTHON_WORDS[word] ?? word)
      .replace(/\b[urURbB]$/, '')
  )
}

/** A quoted string, closed or running to the end of the text. */
const STRING = /"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)/g

function mapOutsideStrings(text: string, change: (code: string) => string): string {
  let result = ''
  let from = 0
  for (const match of text.matchAll(STRING)) {
    result += change(text.slice(from, match.index)) + match[0]
    from = match.index + match[0].length
  }
  return result + change(text.slice(from))
}

/** The outermost balanced `{...}` spans of a text, braces inside strings not counted. */
function completeObjects(text: string): string[] {
  const masked = text.replace(STRING, (string) => ' '.repeat(string.length))
  const spans: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < masked.length; i++) {
    if (masked[i] === '{') {
      if (depth === 0) start = i
      depth++
    } else if (masked[i] === '}' && depth > 0) {
      depth--
      if (depth === 0) spans.push(text.slice(start, i + 1))
    }
  }
  return spans
}
