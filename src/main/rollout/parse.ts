import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Action, StepProblem } from '#shared/domain/trajectory.ts'
import { readLiteral } from './literal.ts'

/** One assistant turn, read. `operations` are in model pixels (space `model`), in writing order. */
export type ParsedTurn = {
  readonly thought: string
  /** The words after `Action:`; empty when there are none. */
  readonly toolName: string
  readonly action: Action
  readonly operations: DrawOp[]
  readonly problems: StepProblem[]
  /** Trimmed content of the last `<answer>` pair after the thought; null when there is none. */
  readonly answerText: string | null
  /** Everything behind `</think>`, trimmed. */
  readonly afterThought: string
  /** The turn has the think / Action shape, every fenced block parses and every object is a box or a line. */
  readonly formatOk: boolean
}

const SHAPE = /^\s*<think>[\s\S]*?<\/think>\s*Action:\s*\S/

/**
 * Read one assistant turn (METHOD.md section 1, wire format of the released ViLaSR checkpoints). Lenient about the
 * literals inside the fences, strict about nothing; never throws, whatever the text. What cannot be used is listed in
 * `problems`.
 */
export function parseTurn(text: string): ParsedTurn {
  const { thought, rest } = splitThought(text)
  const problems: StepProblem[] = []
  const operations: DrawOp[] = []
  for (const block of fencedBlocks(text)) readBlock(block, operations, problems)
  const toolName = /Action:[ \t]*([^\n`<[{]*)/.exec(rest)?.[1]?.trim() ?? ''
  const answerText = lastAnswer(rest)
  const formatOk = SHAPE.test(text) && problems.length === 0
  const action = actionOf(toolName, operations, answerText)
  return { thought, toolName, action, operations, problems, answerText, afterThought: rest.trim(), formatOk }
}

function actionOf(toolName: string, operations: DrawOp[], answerText: string | null): Action {
  if (answerText !== null) return { kind: 'answer', text: answerText }
  if (operations.length > 0) return { kind: 'draw', tool: toolName, ops: operations }
  return { kind: 'none' }
}

function splitThought(text: string): { thought: string; rest: string } {
  const open = text.indexOf('<think>')
  const close = text.indexOf('</think>', Math.max(open, 0))
  if (close >= 0) {
    return { thought: text.slice(open < 0 ? 0 : open + 7, close).trim(), rest: text.slice(close + 8) }
  }
  if (open < 0) return { thought: '', rest: text }
  const action = text.indexOf('Action:', open)
  const end = action < 0 ? text.length : action
  return { thought: text.slice(open + 7, end).trim(), rest: text.slice(end) }
}

function lastAnswer(text: string): string | null {
  let answer: string | null = null
  for (const match of text.matchAll(/<answer>((?:(?!<answer>)[\s\S])*?)<\/answer>/g)) answer = (match[1] ?? '').trim()
  return answer
}

/** Bodies of ``` fences, with or without a language; an unclosed one runs to `</think>` or to the end. */
function fencedBlocks(text: string): string[] {
  const blocks: string[] = []
  let at = text.indexOf('```')
  while (at >= 0) {
    const start = at + 3 + (/^[ \t]*\w*/.exec(text.slice(at + 3, at + 35))?.[0].length ?? 0)
    const fence = text.indexOf('```', start)
    const thinkEnd = text.indexOf('</think>', start)
    const end = Math.min(fence < 0 ? text.length : fence, thinkEnd < 0 ? text.length : thinkEnd)
    const body = text.slice(start, end)
    if (body.trim() !== '') blocks.push(body)
    at = text.indexOf('```', end === fence ? end + 3 : end)
  }
  return blocks
}

function readBlock(block: string, operations: DrawOp[], problems: StepProblem[]): void {
  const literal = readLiteral(block.trim())
  if (!literal.ok) {
    problems.push({ kind: 'unparsed_block', detail: `${literal.reason}: ${excerpt(block)}` })
  }
  const found = literal.ok ? listed(literal.value) : literal.saved
  for (const value of found) {
    const operation = toOperation(value)
    if (operation) operations.push(operation)
    else problems.push({ kind: 'unknown_operation', detail: excerpt(describe(value)) })
  }
}

/** A list of objects, a single object, or lists of lists (one level deep). */
function listed(value: unknown): unknown[] {
  if (!Array.isArray(value)) return [value]
  return value.flatMap((entry: unknown) => (Array.isArray(entry) && entry.some(isRecord) ? (entry as unknown[]) : [entry]))
}

function toOperation(value: unknown): DrawOp | null {
  if (!isRecord(value)) return null
  const imageIndex = value['index']
  const label = value['label']
  if (typeof imageIndex !== 'number' || !Number.isSafeInteger(imageIndex)) return null
  if (typeof label !== 'string' && typeof label !== 'number') return null
  const shared = { imageIndex, label: String(label), space: 'model' as const }
  const box = numbers(value['bbox_2d'], 4)
  if (box) return { kind: 'box', ...shared, box: [box[0] as number, box[1] as number, box[2] as number, box[3] as number] }
  const start = numbers(value['start_point_2d'], 2)
  const end = numbers(value['end_point_2d'], 2)
  if (!start || !end) return null
  return { kind: 'line', ...shared, start: [start[0] as number, start[1] as number], end: [end[0] as number, end[1] as number] }
}

function numbers(value: unknown, length: number): number[] | null {
  if (!Array.isArray(value) || value.length !== length) return null
  return value.every((entry): entry is number => typeof entry === 'number' && Number.isFinite(entry)) ? value : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON-like text of a value, a few levels deep: a hostile nesting must not overflow the stack. */
function describe(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value)
  if (depth > 2) return '...'
  if (Array.isArray(value)) return `[${value.slice(0, 8).map((entry) => describe(entry, depth + 1)).join(', ')}]`
  const entries = Object.entries(value).slice(0, 8)
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${describe(entry, depth + 1)}`).join(', ')}}`
}

function excerpt(text: string): string {
  const flat = text.trim().replace(/\s+/g, ' ')
  return flat.length > 160 ? `${flat.slice(0, 157)}...` : flat
}
