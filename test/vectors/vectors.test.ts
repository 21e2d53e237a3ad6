import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runVectors } from '../../src/main/cli/vectors.ts'
import { float32RelativeAccuracy } from '../../src/main/cli/vectors/float32.ts'
import type { VectorResult } from '../../src/main/cli/vectors/result.ts'

const FOLDER = new URL('../fixtures/vectors', import.meta.url).pathname

async function folderWith(file: string, content: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-vectors-'))
  await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  return folder
}

function rewardCase(answer: string, truth: string, accuracy: number): object {
  const turn = `<think> x </think> Action: Answer\n<answer> ${answer} </answer>`
  return { assistant_turns: [turn], question_type: 'regression', ground_truth: truth, format: 1, accuracy, reflection: 0, overall_half: accuracy > 0 ? 0.5 * accuracy + 0.5 : 0 }
}

describe('the reference vectors', () => {
  it('all match', async () => {
    const results: VectorResult[] = []
    const totals = await runVectors(FOLDER, (result) => results.push(result))
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    expect(totals).toEqual({ passed: 639, failed: 0, differs: 0 })
  })

  it('count a wrong expectation as failed', async () => {
    const folder = await folderWith('reward.json', { cases: [rewardCase('9', '10', 0.2), rewardCase('9.2', '10', 0.9)] })
    expect(await runVectors(folder, () => undefined)).toEqual({ passed: 1, failed: 1, differs: 0 })
  })

  it('list a case that only 32-bit rounding decides otherwise', async () => {
    // Errors that lie exactly on a threshold: `<` is false in decimals, while 32-bit rounding may fall to either side.
    const boundary = ['0.55', '0.6', '0.65', '0.7', '0.75', '0.8', '0.85', '0.9', '0.95', '1.05', '1.1', '1.15', '1.2', '1.25', '1.3', '1.35', '1.4', '1.45']
    const truth = '1'
    const exact: Record<string, number> = Object.fromEntries(boundary.map((answer) => [answer, Math.round(10 - 20 * Math.abs(Number(answer) - 1)) / 10]))
    const odd = boundary.find((answer) => Math.abs(float32RelativeAccuracy(answer, truth) - (exact[answer] ?? 0)) > 1e-6) ?? ''
    expect(odd).not.toBe('')
    const results: VectorResult[] = []
    const folder = await folderWith('reward.json', { cases: [rewardCase(odd, truth, float32RelativeAccuracy(odd, truth))] })
    expect(await runVectors(folder, (result) => results.push(result))).toEqual({ passed: 1, failed: 0, differs: 1 })
    expect(results[0]?.detail).toContain('exact decimals give')
  })

  it('say what is wrong with a folder', async () => {
    await expect(runVectors(await folderWith('other.json', {}), () => undefined)).rejects.toMatchObject({ code: 'not_found' })
    await expect(runVectors(await folderWith('parse.json', '{'), () => undefined)).rejects.toMatchObject({ code: 'bad_input' })
    await expect(runVectors(await folderWith('parse.json', { cases: [{ response: 1 }] }), () => undefined))
      .rejects.toMatchObject({ code: 'bad_input', where: expect.stringContaining('cases.0.response') as string })
  })
})
