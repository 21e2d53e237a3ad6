import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { SightlineError } from '#shared/domain/errors.ts'
import { bfloat16ToFloat, floatToHalf, halfToFloat } from '../../src/main/runtime/halfFloat.ts'
import { openSafetensors, readSafetensors, writeSafetensors } from '../../src/main/runtime/safetensors.ts'
import { encodeHeader, parseHeader } from '../../src/main/runtime/safetensorsHeader.ts'

const folder = mkdtempSync(join(tmpdir(), 'safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Writes a file with this header text, a claimed header length and zeros as data; returns its path. */
let written = 0
function rawFile(header: string | Uint8Array, dataBytes: number, claimed?: bigint): string {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true)
  bytes.set(json, 8)
  const path = join(folder, `raw${written++}.safetensors`)
  writeFileSync(path, bytes)
  return path
}
const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] })

describe('safetensors files', () => {
  it('come back as written in F32, and in F16 within its precision', async () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -60000, max: 60000 })
    await fc.assert(fc.asyncProperty(fc.array(fc.array(finite, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (rows) => {
      const tensors = new Map(rows.map((row, i) => [`layer.${i}.weight`, { shape: [row.length, 1], data: Float32Array.from(row) }]))
      const path = join(folder, 'round.safetensors')
      await writeSafetensors(path, tensors, { dtype: 'F32' })
      for (const [name, tensor] of await readSafetensors(path)) expect(tensor).toEqual({ dtype: 'F32', ...tensors.get(name) })
      expect(await writeSafetensors(path, tensors, { dtype: 'F16' })).toEqual(new Map())
      for (const [name, { data }] of await readSafetensors(path)) {
        const whole = tensors.get(name)?.data ?? new Float32Array()
        data.forEach((x, i) => expect(Math.abs(x - (whole[i] ?? NaN))).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(x) * 2 ** -11)))
      }
    }), { numRuns: 25 })
  })

  it('are refused before the header is parsed when it lists more tensors than any model has', async () => {
    const header = `{${Array.from({ length: 65_537 }, (_, i) => `"${i}":0`).join()}}`
    await expect(openSafetensors(rawFile(header, 0))).rejects.toThrow(/lists 65537 tensors/u)
  })

  it('are read tensor by tensor, keep metadata and leave no temporary file', async () => {
    const path = join(folder, 'lazy.safetensors')
    await writeSafetensors(path, new Map([['a', { shape: [2], data: Float32Array.of(1, 2) }], ['b', { shape: [], data: Float32Array.of(3) }]]),
      { dtype: 'F32', metadata: { step: '7' } })
    const file = await openSafetensors(path)
    expect(file.metadata).toEqual({ format: 'pt', step: '7' })
    expect(file.info('b')).toEqual({ dtype: 'F32', shape: [], begin: 8, end: 12 })
    expect(await file.read('b')).toEqual(Float32Array.of(3))
    expect(() => file.info('c')).toThrow(/no tensor c/u)
    await file.close()
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  it('report what does not fit half precision and store the largest half', async () => {
    const path = join(folder, 'big.safetensors')
    const data = Float32Array.of(1e6, -65519, 65520, 1, Infinity)
    expect(await writeSafetensors(path, new Map([['w', { shape: [5], data }]]), { dtype: 'F16' })).toEqual(new Map([['w', 2]]))
    expect((await readSafetensors(path)).get('w')?.data).toEqual(Float32Array.of(65504, -65504, 65504, 1, Infinity))
  })

  it('read integers and refuse what does not fit', async () => {
    const path = rawFile(`{"ids":${entry('I64', [2], 0, 16)}}`, 16)
    const file = await openSafetensors(path)
    expect(await file.readIntegers('ids')).toEqual(Int32Array.of(0, 0))
    await expect(file.read('ids')).rejects.toMatchObject({ code: 'unsupported' })
    await file.close()
  })

  it('refuse a shape that does not fit the data', async () => {
    await expect(writeSafetensors(join(folder, 'x'), new Map([['w', { shape: [3], data: new Float32Array(2) }]]), { dtype: 'F32' }))
      .rejects.toMatchObject({ code: 'bad_input' })
  })
})

describe('hostile files', () => {
  const ok = entry('F32', [2], 0, 8)
  it.each<[string, string, number, bigint | undefined, RegExp]>([
    ['a header longer than the file', `{"a":${ok}}`, 8, 4096n, /claims 4096/u],
    ['a header of exabytes', `{"a":${ok}}`, 8, 2n ** 63n, /more than/u],
    ['no JSON', '{"a":', 8, undefined, /not JSON/u],
    ['a list', '[1]', 8, undefined, /not a JSON object/u],
    ['a name twice', `{"a":${ok},"a":${ok}}`, 8, undefined, /twice/u],
    ['an overlap', `{"a":${ok},"b":${entry('F32', [2], 4, 12)}}`, 12, undefined, /"b" overlaps/u],
    ['a gap', `{"a":${ok},"b":${entry('F32', [1], 12, 16)}}`, 16, undefined, /"b" leaves a gap/u],
    ['a first gap', `{"a":${entry('F32', [2], 4, 12)}}`, 12, undefined, /gap/u],
    ['bytes left over', `{"a":${ok}}`, 12, undefined, /cover 8 bytes/u],
    ['data cut off', `{"a":${ok}}`, 4, undefined, /cover 8 bytes/u],
    ['an unknown type', `{"a":${entry('Q4', [2], 0, 8)}}`, 8, undefined, /unknown type "Q4"/u],
    ['a type from the prototype', `{"a":${entry('constructor', [2], 0, 8)}}`, 8, undefined, /unknown type/u],
    ['a shape that needs more', `{"a":${entry('F32', [3], 0, 8)}}`, 8, undefined, /needs 12 bytes/u],
    ['a product beyond counting', `{"a":${entry('F32', [2 ** 40, 2 ** 40], 0, 8)}}`, 8, undefined, /span 8/u],
    ['a negative side', `{"a":${entry('F32', [-2, -1], 0, 8)}}`, 8, undefined, /"a"/u],
    ['ends before it begins', `{"a":${entry('F32', [2], 8, 0)}}`, 8, undefined, /span -8/u],
    ['offsets that are no numbers', `{"a":${entry('F32', [2], '0', 8)}}`, 8, undefined, /"a"/u],
    ['metadata of another form', `{"__metadata__":{"a":1},"a":${ok}}`, 8, undefined, /__metadata__/u]
  ])('%s', async (_, header, data, claimed, message) => {
    const opened = openSafetensors(rawFile(header, data, claimed))
    await expect(opened).rejects.toThrow(message)
    await expect(opened).rejects.toMatchObject({ code: 'bad_checkpoint' })
  })

  it('are short or missing', async () => {
    const path = join(folder, 'short')
    writeFileSync(path, new Uint8Array(5))
    await expect(openSafetensors(path)).rejects.toThrow(/shorter/u)
    await expect(openSafetensors(join(folder, 'none'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(openSafetensors(rawFile(Uint8Array.of(0x7b, 0xff, 0x7d), 0))).rejects.toThrow(/UTF-8/u)
  })

  it('never throw anything but typed errors, whatever bytes change', () => {
    const header = encodeHeader(new Map([
      ['a', { dtype: 'F32', shape: [2, 2], begin: 0, end: 16 }], ['b', { dtype: 'BF16', shape: [4], begin: 16, end: 24 }]
    ]), { format: 'pt' }).subarray(8)
    expect(parseHeader(header, 24, 'h').tensors.size).toBe(2)
    const change = fc.record({ at: fc.nat(header.length - 1), byte: fc.integer({ min: 0, max: 255 }) })
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const mutated = header.slice()
      for (const { at, byte } of changes) mutated[at] = byte
      try {
        const { tensors } = parseHeader(mutated, 24, 'h')
        const spans = [...tensors.values()].reduce((sum, { begin, end }) => sum + end - begin, 0)
        expect(spans).toBe(24)
      } catch (error) {
        if (!(error instanceof SightlineError)) throw error
        expect(error.code).toBe('bad_checkpoint')
      }
    }), { numRuns: 2000 })
  })
})

describe('16-bit floats', () => {
  it('give every finite half back, subnormals included', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((pattern) => ((pattern >> 10) & 31) !== 31)
    const { patterns, overflowed } = floatToHalf(halfToFloat(all))
    expect(overflowed).toBe(0)
    expect(patterns).toEqual(all)
  })

  it('round ties to even and keep infinities and NaN', () => {
    const { patterns } = floatToHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25, -Infinity, NaN, 2 ** -26))
    expect([...patterns].map((pattern) => pattern.toString(16))).toEqual(['3c00', '3c02', '0', '2', 'fc00', '7e00', '0'])
  })

  it('bfloat16 is the upper half of a float32', () => {
    expect(bfloat16ToFloat(Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0x0001))).toEqual(Float32Array.of(1, -3.140625, Infinity, 2 ** -133))
  })
})
