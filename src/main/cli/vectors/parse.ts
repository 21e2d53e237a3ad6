import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { parseTurn } from '../../rollout/parse.ts'
import { outcomeOf, toWire, WireBox, WireLine, type VectorResult } from './result.ts'

const ParseFile = z.object({
  cases: z.array(z.object({ response: z.string(), boxes: z.array(WireBox), lines: z.array(WireLine), exact: z.boolean() }))
})

/** parse.json: exactly the reference's operations, or at least them where the reference cannot read a block. */
export function checkParse(file: string, content: unknown): VectorResult[] {
  return ParseFile.parse(content).cases.map(({ response, boxes, lines, exact }, position) => {
    const { operations } = parseTurn(response)
    const found = {
      boxes: operations.filter(({ kind }) => kind === 'box').map(toWire),
      lines: operations.filter(({ kind }) => kind === 'line').map(toWire)
    }
    const matches = exact ? isDeepStrictEqual(found, { boxes, lines }) : holdsAll(found.boxes, boxes) && holdsAll(found.lines, lines)
    return outcomeOf(file, position, matches ? null : `expected ${JSON.stringify({ boxes, lines })}, read ${JSON.stringify(found)}`)
  })
}

function holdsAll(found: readonly unknown[], expected: readonly unknown[]): boolean {
  return expected.every((wanted) => found.some((entry) => isDeepStrictEqual(entry, wanted)))
}
