import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ZodError } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { checkBenchmark } from './vectors/benchmark.ts'
import { checkDrawing } from './vectors/drawing.ts'
import { checkDrawn } from './vectors/drawn.ts'
import { checkParse } from './vectors/parse.ts'
import { checkResized } from './vectors/resized.ts'
import type { VectorCheck, VectorResult } from './vectors/result.ts'
import { checkReward } from './vectors/reward.ts'

const CHECKS: readonly (readonly [string, VectorCheck])[] = [
  ['parse.json', checkParse],
  ['drawing.json', checkDrawing],
  ['reward.json', checkReward],
  ['benchmark.json', checkBenchmark],
  ['drawn/drawn.json', checkDrawn],
  ['resized/resize.json', checkResized]
]

/** Totals of a run; `passed` includes the `differs` cases, which are reported one by one. */
export interface VectorTotals {
  passed: number
  failed: number
  differs: number
}

/**
 * Compare this program with reference vectors: any folder that holds some of parse.json, drawing.json, reward.json,
 * benchmark.json, drawn/ and resized/. `report` is called for every case.
 * Throws SightlineError `not_found` when none of them is there, `bad_input` for a file of another shape.
 */
export async function runVectors(folder: string, report: (result: VectorResult) => void): Promise<VectorTotals> {
  const present = CHECKS.filter(([file]) => existsSync(join(folder, file)))
  if (present.length === 0) {
    throw new SightlineError('not_found', 'The folder holds no reference vectors', { where: folder, advice: `Give a folder with one of: ${CHECKS.map(([file]) => file).join(', ')}` })
  }
  const totals: VectorTotals = { passed: 0, failed: 0, differs: 0 }
  for (const [file, check] of present) {
    for (const result of await runFile(folder, file, check)) {
      if (result.outcome === 'failed') totals.failed++
      else totals.passed++
      if (result.outcome === 'differs') totals.differs++
      report(result)
    }
  }
  return totals
}

async function runFile(folder: string, file: string, check: VectorCheck): Promise<VectorResult[]> {
  const path = join(folder, file)
  try {
    return await check(file, JSON.parse(await readFile(path, 'utf8')) as unknown, dirname(path))
  } catch (error) {
    if (!(error instanceof ZodError || error instanceof SyntaxError)) throw error
    const problem = error instanceof ZodError ? (error.issues[0]?.message ?? '') : error.message
    const at = error instanceof ZodError ? (error.issues[0]?.path.join('.') ?? '') : ''
    throw new SightlineError('bad_input', `The vector file has another shape: ${problem}`, { where: at === '' ? path : `${path}: ${at}`, cause: error })
  }
}
