import { mkdtemp, readFile, rm, stat, symlink, mkdir, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openCheckpointFolder } from '#main/model/checkpointFolder.ts'
import { importCheckpoint } from '#main/model/importCheckpoint.ts'
import { bfloat16ToHalf, measureHalves, noLoss } from '#main/runtime/bfloat16.ts'
import { bfloat16ToFloat, floatToHalf, halfToFloat } from '#main/runtime/halfFloat.ts'
import { tinyPolicy } from '../engine/tinyProject.ts'
import { bfloatFolder, patterns } from './bfloatFolder.ts'

const QUIET = { onProgress: () => undefined, stop: new AbortController().signal }
const temporary: string[] = []

afterEach(async () => {
  for (const folder of temporary.splice(0)) await rm(folder, { recursive: true })
})

async function scratch(): Promise<{ source: string; models: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-import-'))
  temporary.push(folder)
  return { source: join(folder, 'source'), models: join(folder, 'models') }
}

describe('importing a checkpoint', () => {
  it('links float weights and keeps what lies beside them', async () => {
    const { source, models } = await scratch()
    const { hash } = await (await tinyPolicy()).save(source, { dtype: 'F16' })
    const imported = await importCheckpoint(source, models, 'tiny', QUIET)
    expect(imported).toMatchObject({ hash, weights: 'linked', family: 'qwen2_5_vl', folder: `tiny-${hash.slice(0, 8)}`, unused: [] })
    const [from, to] = [await stat(join(source, 'model.safetensors')), await stat(join(models, imported.folder, 'model.safetensors'))]
    expect(to.ino).toBe(from.ino)
    expect((await readdir(join(models, imported.folder))).sort()).toEqual((await readdir(source)).sort())
    await expect(importCheckpoint(source, models, 'tiny', QUIET)).rejects.toMatchObject({ code: 'conflict' })
    expect(await readdir(models)).toEqual([imported.folder])
  })

  it('follows the symbolic links of a download cache to the files themselves', async () => {
    const { source, models } = await scratch()
    await (await tinyPolicy()).save(source)
    const cache = `${source}-cache`
    await mkdir(cache)
    for (const name of await readdir(source)) await symlink(join(source, name), join(cache, name))
    const imported = await importCheckpoint(cache, models, 'tiny', QUIET)
    expect((await stat(join(models, imported.folder, 'model.safetensors'))).isFile()).toBe(true)
    await rm(source, { recursive: true })
    const opened = await openCheckpointFolder(join(models, imported.folder))
    expect(opened.config.text.layers).toBe(2)
    await opened.tensors.close()
  })

  it('turns bfloat16 shards into one float16 file, a tensor that would overflow into float32, and says so', async () => {
    const { source, models } = await scratch()
    const tensors = await bfloatFolder(await tinyPolicy(), source, (found) => {
      const norm = found.get('model.norm.weight') as Float32Array
      norm[0] = 2 ** 17
      norm[1] = 2 ** -30
    })
    const seen: number[] = []
    const imported = await importCheckpoint(source, models, 'tiny', { ...QUIET, onProgress: (done, total) => void seen.push(done / total) })
    expect(imported.weights).toBe('converted')
    expect(imported.converted.find(({ name }) => name === 'model.norm.weight')).toMatchObject({ dtype: 'F32', overflowed: 1, underflowed: 1, notFinite: 0 })
    expect(imported.converted.filter(({ dtype }) => dtype === 'F32')).toHaveLength(1)
    expect(seen.at(-1)).toBe(1)
    const opened = await openCheckpointFolder(join(models, imported.folder))
    expect(opened.tensors.files).toHaveLength(1)
    for (const [name, values] of tensors) {
      const bfloat = bfloat16ToFloat(patterns(values))
      const expected = name === 'model.norm.weight' ? bfloat : halfToFloat(floatToHalf(bfloat).patterns)
      expect(await opened.tensors.read(name)).toEqual(expected)
    }
    await opened.tensors.close()
    expect(JSON.parse(await readFile(join(models, imported.folder, 'config.json'), 'utf8'))).toMatchObject({ torch_dtype: 'float32' })
  })

  it('names every tensor that is missing or has another shape, and leaves nothing behind', async () => {
    const { source, models } = await scratch()
    const policy = await tinyPolicy()
    policy.weights.delete('model.norm.weight')
    policy.weights.delete('visual.merger.ln_q.weight')
    policy.weights.set('model.layers.0.mlp.up_proj.weight', { dtype: 'f32', shape: [32, 48], data: new Float32Array(32 * 48) })
    await policy.save(source)
    const refused = importCheckpoint(source, models, 'tiny', QUIET)
    await expect(refused).rejects.toMatchObject({ code: 'bad_checkpoint' })
    await expect(refused).rejects.toThrow(/2 of \d+ tensors are missing: .*visual\.merger\.ln_q\.weight.*model\.norm\.weight.*up_proj\.weight is \[32, 48\], config\.json asks for \[48, 32\]/u)
  })

  it('stops between pieces and leaves nothing behind', async () => {
    const { source, models } = await scratch()
    await bfloatFolder(await tinyPolicy(), source)
    const stop = new AbortController()
    let pieces = 0
    const control = { stop: stop.signal, onProgress: () => void (++pieces === 5 && stop.abort()) }
    await expect(importCheckpoint(source, models, 'tiny', control)).rejects.toMatchObject({ code: 'cancelled' })
    expect(pieces).toBe(5)
    expect(await readdir(models)).toEqual([])
  })
})

it('every bfloat16 converts as its float does', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, pattern) => pattern)
  const { patterns: halves, overflowed } = floatToHalf(bfloat16ToFloat(all))
  expect(bfloat16ToHalf(all)).toEqual(halves)
  const loss = noLoss()
  measureHalves(all, loss)
  expect(loss.overflowed).toBe(overflowed)
  expect(loss.notFinite).toBe(2 * 128)
  expect(loss.maxError).toBeLessThanOrEqual(16)
})
