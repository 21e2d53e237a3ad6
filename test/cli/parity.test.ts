import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { compareFloats, compareIds, TOLERANCES } from '#main/cli/parity/comparison.ts'
import { type ParityResult, runParity } from '#main/cli/parity.ts'
import { decodeImage, encodePng, type Transparency } from '#main/image/codec.ts'
import { type PassOrder, resizeBicubic } from '#main/model/bicubic.ts'
import { openProcessor } from '#main/model/checkpointFolder.ts'
import { patchify } from '#main/model/patches.ts'
import { openSafetensors, readSafetensors, writeSafetensors } from '#main/runtime/safetensors.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/parity')
const temporary: string[] = []

afterEach(async () => {
  for (const folder of temporary.splice(0)) await rm(folder, { recursive: true })
})

async function run(folder: string): Promise<{ totals: { passed: number; failed: number }; results: ParityResult[] }> {
  const results: ParityResult[] = []
  return { totals: await runParity(folder, { threads: 1 }, (result) => void results.push(result)), results }
}

/** A copy of a small case whose weights went through `change`. */
async function changedCase(change: (tensors: Awaited<ReturnType<typeof readSafetensors>>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parity-'))
  temporary.push(folder)
  await cp(join(FIXTURES, 'qwen2_5_vl/untied'), folder, { recursive: true })
  const tensors = await readSafetensors(join(folder, 'model.safetensors'))
  change(tensors)
  await writeSafetensors(join(folder, 'model.safetensors'), tensors, { dtype: 'F32' })
  return folder
}

describe('the parity command', () => {
  it('finds every committed case equal to transformers', async () => {
    const { totals, results } = await run(FIXTURES)
    expect(results.filter(({ passed }) => !passed)).toEqual([])
    expect(totals.passed).toBe(results.length)
    const quantities = new Set(results.map(({ quantity }) => quantity.split('/')[0]))
    for (const quantity of ['position_ids', 'visual_features', 'logits', 'loss', 'grad', 'greedy_ids']) expect(quantities).toContain(quantity)
    // Tied and untied heads, padding on either side, one file and shards, float32, float16 and bfloat16.
    const models = ['qwen2_5_vl', 'qwen2_vl'].flatMap((family) => ['left', 'sharded', 'tied', 'untied'].map((name) => `${family}/${name}`))
    expect([...new Set(results.map(({ folder: name }) => name))].sort()).toEqual([...models, 'processing'].sort())
    for (const name of models) expect(results.some((result) => result.folder === name && result.quantity === 'logits')).toBe(true)
  })

  it('tells which quantities a wrong weight changes', async () => {
    const { totals, results } = await run(await changedCase((tensors) => {
      const bias = tensors.get('model.layers.0.self_attn.q_proj.bias')?.data as Float32Array
      bias[0] = (bias[0] as number) + 0.01
    }))
    const outcome = new Map(results.map(({ quantity, passed }) => [quantity, passed]))
    expect(outcome.get('visual_features')).toBe(true)
    expect(outcome.get('position_ids')).toBe(true)
    expect(outcome.get('logits')).toBe(false)
    expect(outcome.get('loss')).toBe(false)
    expect(totals.failed).toBeGreaterThan(2)
  })

  it('counts a checkpoint that lacks a tensor as one failure and names it', async () => {
    const { totals, results } = await run(await changedCase((tensors) => void tensors.delete('model.norm.weight')))
    expect(totals).toEqual({ passed: 0, failed: 1 })
    expect(results[0]?.detail).toContain('model.norm.weight')
  })

  it('names a label on padding and compares everything else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parity-'))
    temporary.push(folder)
    await cp(join(FIXTURES, 'qwen2_vl/left'), folder, { recursive: true })
    const file = await openSafetensors(join(folder, 'case.safetensors'))
    const [{ begin, shape }, { dataOffset }] = [file.info('labels'), file]
    await file.close()
    const handle = await open(join(folder, 'case.safetensors'), 'r+')
    const lastRow = ((shape[0] ?? 0) - 1) * (shape[1] ?? 0)
    await handle.write(new Uint8Array(BigInt64Array.of(7n).buffer), 0, 8, dataOffset + begin + 8 * (lastRow + 3))
    await handle.close()
    const { results } = await run(folder)
    expect(results.filter(({ passed }) => !passed)).toMatchObject([{ quantity: 'loss', detail: 'row 2 has a label on its padding or predicted from it, in column 3; give it -100' }])
    expect(results.map(({ quantity }) => quantity)).toEqual(['position_ids', 'visual_features', 'logits', 'loss', 'greedy_ids'])
  })

  it('reads pictures as the reference may have: down first, transparency left out, thin ones not lifted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parity-'))
    temporary.push(folder)
    await cp(join(FIXTURES, 'processing'), folder, { recursive: true })
    await rm(join(folder, 'text.json'))
    const processor = await openProcessor(folder)
    const thin = { width: 900, height: 12, data: Uint8Array.from({ length: 900 * 12 * 3 }, (_, i) => (i * i) % 256) }
    await writeFile(join(folder, 'thin.png'), await encodePng(thin))
    const expected = async (file: string, width: number, height: number, order: PassOrder, transparency: Transparency) => {
      const image = await decodeImage(await readFile(join(folder, file)), file, transparency)
      const { patches, grid } = patchify(resizeBicubic(image, width, height, order), processor)
      await writeFile(join(folder, `${file}.bin`), new Uint8Array(patches.buffer))
      return { file, min_pixels: 3136, max_pixels: 12_845_056, grid_thw: grid, pixel_values_file: `${file}.bin` }
    }
    const cases = [
      await expected('0_source.png', 84, 56, 'vertical', 'white'), await expected('alpha.png', 84, 56, 'horizontal', 'ignored'),
      await expected('thin.png', 504, 28, 'horizontal', 'white'), { ...await expected('1_source.png', 56, 112, 'horizontal', 'white'), file: 'gone.png' }
    ]
    await writeFile(join(folder, 'images.json'), JSON.stringify(cases))
    const { results, totals } = await run(folder)
    expect(totals).toEqual({ passed: 6, failed: 1 })
    const detailOf = (quantity: string): string | undefined => results.find((result) => result.quantity === quantity)?.detail
    expect(detailOf('0_source.png pixel_values')).toContain('the vertical pass first')
    expect(detailOf('alpha.png pixel_values')).toContain('transparency left out')
    expect(detailOf('gone.png')).toContain('There is no such file')
  })

  it('refuses a folder without cases', async () => {
    await expect(run(join(FIXTURES, '../configs'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(run(join(FIXTURES, 'nowhere'))).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('comparisons', () => {
  it('never pass a NaN or another count', () => {
    expect(compareFloats('x', [1, Number.NaN], [1, 2], TOLERANCES.logits).passed).toBe(false)
    expect(compareFloats('x', [1], [1, 2], TOLERANCES.logits).passed).toBe(false)
    expect(compareIds('x', [1], [1, 2]).passed).toBe(false)
  })

  it('measure logits by their range and gradients by the largest', () => {
    expect(compareFloats('x', [0.0019, 10], [0, 10], TOLERANCES.logits)).toMatchObject({ passed: false })
    expect(compareFloats('x', [0.0009, 10], [0, 10], TOLERANCES.logits)).toMatchObject({ passed: true })
    expect(compareFloats('x', [10.009, -1], [10, -1], TOLERANCES.gradient)).toMatchObject({ passed: true })
    expect(compareFloats('x', [10.011, -1], [10, -1], TOLERANCES.gradient)).toMatchObject({ passed: false })
  })
})
