import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { StepProblem } from '#shared/domain/trajectory.ts'

/** Characters `from` up to, not including, `to` of a turn's text. */
export interface Span { readonly from: number; readonly to: number }

/** A stretch of a turn that is one thing throughout: one token, of one operation, under the same problems. */
export interface TurnPiece {
  readonly text: string
  readonly token: number | null
  readonly op: number | null
  readonly problems: readonly number[]
}

/** Bodies of ``` fences; an unclosed one runs to `</think>` or to the end (the parser's rule, METHOD.md section 1). */
export function blocksIn(text: string): Span[] {
  return [...text.matchAll(/```[ \t]*\w*([\s\S]*?)(?:```|(?=<\/think>)|$)/g)].flatMap((match) => {
    const body = match[1] ?? ''
    const from = match.index + match[0].indexOf(body, 3)
    return body.trim() === '' ? [] : [{ from, to: from + body.length }]
  })
}

/** Where each operation was written: the first object of a block with its coordinates that no operation before it took; null where there is none. */
export function operationSpans(text: string, ops: readonly DrawOp[]): (Span | null)[] {
  const left = objectsIn(text)
  return ops.map((op) => {
    const wanted = coordinatesOf(op).join()
    const found = left.findIndex((span) => coordinatesIn(text.slice(span.from, span.to)) === wanted)
    return found < 0 ? null : left.splice(found, 1)[0] ?? null
  })
}

/** The place each problem is about, where the text shows it; null else. */
export function problemSpans(text: string, ops: readonly DrawOp[], problems: readonly StepProblem[]): (Span | null)[] {
  const opSpans = operationSpans(text, ops)
  const strangers = objectsIn(text).filter((span) => !opSpans.some((known) => known?.from === span.from))
  const ofOp = (fits: (op: DrawOp) => boolean): Span | null => opSpans.find((span, i) => span !== null && ops[i] !== undefined && fits(ops[i])) ?? null
  return problems.map(({ kind, detail }) => {
    switch (kind) {
      case 'unparsed_block': return blocksIn(text).find(({ from, to }) => detail.includes(text.slice(from, to).trim().replace(/\s+/g, ' ').slice(0, 157))) ?? null
      case 'unknown_operation': return strangers.shift() ?? null
      case 'missing_image': return ofOp(({ imageIndex }) => detail.includes(`no image ${imageIndex},`))
      case 'outside_image':
      case 'repeated_action': return ofOp((op) => detail.includes(` at ${coordinatesOf(op).join(', ')} `))
      case 'no_action': return null
    }
  })
}

/** Where each token lies, given what each wrote. */
export function tokenSpans(texts: readonly string[]): Span[] {
  let at = 0
  return texts.map((text) => ({ from: at, to: at += text.length }))
}

/** The tokens (first, and one past the last) that wrote any of a span; null when none did. */
export function tokensOf(tokens: readonly Span[], span: Span | null): Span | null {
  if (span === null) return null
  const touched = tokens.flatMap(({ from, to }, index) => from < span.to && to > span.from ? [index] : [])
  const [first, last] = [touched[0], touched.at(-1)]
  return first === undefined || last === undefined ? null : { from: first, to: last + 1 }
}

/** The text cut wherever a token, an operation or a problem begins or ends. */
export function piecesOf(text: string, { tokens, ops, problems }: { tokens: readonly Span[]; ops: readonly (Span | null)[]; problems: readonly (Span | null)[] }): TurnPiece[] {
  const marks = [...ops, ...problems].flatMap((span) => span === null ? [] : [span.from, span.to])
  const edges = [...new Set([0, text.length, ...marks, ...tokens.flatMap(({ from, to }) => [from, to])])].filter((at) => at <= text.length).sort((a, b) => a - b)
  let token = 0
  return edges.slice(1).map((to, i) => {
    const from = edges[i] ?? 0
    while (token < tokens.length && (tokens[token]?.to ?? 0) <= from) token++
    const op = ops.findIndex((span) => holds(span, from))
    return {
      text: text.slice(from, to), token: token < tokens.length ? token : null, op: op < 0 ? null : op,
      problems: problems.flatMap((span, index) => holds(span, from) ? [index] : [])
    }
  })
}

function holds(span: Span | null, at: number): boolean {
  return span !== null && span.from <= at && at < span.to
}

/** The flat objects of the blocks: operations hold no others. */
function objectsIn(text: string): Span[] {
  return blocksIn(text).flatMap(({ from, to }) => [...text.slice(from, to).matchAll(/\{[^{}]*\}/g)].map((match) => ({ from: from + match.index, to: from + match.index + match[0].length })))
}

/** All numbers in lists or tuples of an object, as text. */
function coordinatesIn(object: string): string {
  return [...object.matchAll(/[[(]([^[\](){}]*)[\])]/g)].flatMap((match) => (match[1] ?? '').split(',')).map((number) => Number(number)).join()
}
