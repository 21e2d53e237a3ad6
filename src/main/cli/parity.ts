import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { ZodError } from 'zod'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import type { ModelSettings } from '../model/visionLanguageModel.ts'
import { CASE_FILE, caseFolders, IMAGES_FILE, TEXT_FILE } from './parity/caseFolder.ts'
import { type Comparison, failed } from './parity/comparison.ts'
import { checkModel } from './parity/modelCase.ts'
import { checkPictures } from './parity/pictures.ts'
import { checkTexts } from './parity/texts.ts'

export interface ParityResult extends Comparison {
  /** Folder of the case below the given one, with forward slashes. */
  readonly folder: string
}

/**
 * Compares this engine with reference values: every folder at or below `folder` that holds case.safetensors, text.json or
 * images.json beside a checkpoint. `report` is called for each quantity; a case that cannot be opened is one failure.
 * Throws SightlineError `not_found` when there is no case.
 */
export async function runParity(folder: string, settings: ModelSettings, report: (result: ParityResult) => void): Promise<{ passed: number; failed: number }> {
  const cases = await caseFolders(folder)
  if (cases.length === 0) {
    throw new SightlineError('not_found', 'The folder holds no parity case', { where: folder, advice: `A case is a checkpoint folder with ${CASE_FILE}, ${TEXT_FILE} or ${IMAGES_FILE}` })
  }
  const totals = { passed: 0, failed: 0 }
  for (const path of cases) {
    const name = relative(folder, path).split(sep).join('/') || '.'
    const tell = (comparison: Comparison): void => {
      totals[comparison.passed ? 'passed' : 'failed']++
      report({ folder: name, ...comparison })
    }
    if (existsSync(join(path, CASE_FILE))) await guarded(CASE_FILE, tell, () => checkModel(path, settings, tell))
    if (existsSync(join(path, TEXT_FILE))) await guarded(TEXT_FILE, tell, async () => (await checkTexts(path)).forEach(tell))
    if (existsSync(join(path, IMAGES_FILE))) await guarded(IMAGES_FILE, tell, async () => (await checkPictures(path)).forEach(tell))
  }
  return totals
}

/** A case that does not open is a failed case; the others still run. */
async function guarded(file: string, tell: (comparison: Comparison) => void, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof SightlineError || error instanceof ZodError || error instanceof SyntaxError)) throw error
    const issue = error instanceof ZodError ? error.issues[0] : undefined
    tell(failed(file, issue ? `${issue.path.join('.')}: ${issue.message}` : describeError(error)))
  }
}
