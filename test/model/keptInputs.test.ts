import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { KeptInputs } from '#main/model/blockwise/keptInputs.ts'
import { floats } from '#main/runtime/tensor.ts'

const folder = await mkdtemp(join(tmpdir(), 'sightline-kept-'))
afterAll(() => rm(folder, { recursive: true }))

const first = floats([2, 3], Float32Array.of(1, -2, 0.1, 4, 5, 6))
const second = floats([1, 2], Float32Array.of(7, 8))

it.each(['float32', 'float16', 'file'] as const)('hands inputs kept as %s back, the last one first', (form) => {
  const kept = new KeptInputs(form, folder)
  const [takeFirst, takeSecond] = [kept.keep(first), kept.keep(second)]
  expect(takeSecond()).toEqual(second)
  const takeThird = kept.keep(second)
  expect(takeThird()).toEqual(second)
  const { shape, data } = takeFirst()
  expect(shape).toEqual([2, 3])
  data.forEach((value, i) => expect(Number(value)).toBeCloseTo(first.data[i] ?? 0, form === 'float16' ? 4 : 12))
  kept.close()
})

it('keeps rows beyond float16 to its precision', () => {
  const wide = floats([3, 2], Float32Array.of(3e6, 700, 0.5, 60_000, -1e9, 2 ** 21))
  const { data } = new KeptInputs('float16').keep(wide)()
  wide.data.forEach((value, i) => expect(Math.abs(Number(data[i]) - value) / Math.abs(value)).toBeLessThan(2 ** -10))
})

it('leaves nothing behind', async () => {
  const kept = new KeptInputs('file', folder)
  kept.keep(first)
  if (process.platform !== 'win32') expect(await readdir(folder)).toEqual([])
  kept.close()
  expect(await readdir(folder)).toEqual([])
})
