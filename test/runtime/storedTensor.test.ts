import { mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast, mul } from '#main/onnx/build/elementwise.ts'
import { Graph } from '#main/onnx/graph.ts'
import { VocabularyTable } from '#main/model/blockwise/vocabularyTable.ts'
import { writeSafetensors } from '#main/runtime/safetensors.ts'
import { Session } from '#main/runtime/session.ts'
import type { StoredTensor } from '#main/runtime/storedTensor.ts'
import { floatData, floats } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { isWide, widened } from '#main/runtime/widened.ts'

const values = Float32Array.from({ length: 12 }, (_, i) => 0.25 * i - 1)

describe.each(['F16', 'F32'] as const)('a %s tensor left in its file', (dtype) => {
  let folder: string
  let table: StoredTensor
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sightline-stored-'))
    await writeSafetensors(join(folder, 'model.safetensors'), new Map([['before', floats([1], Float32Array.of(9))], ['table', floats([4, 3], values)]]), { dtype })
    const files = await openWeights(folder)
    table = files.stored('table') as StoredTensor
    await files.close()
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is read when looked at, whole, in stretches or by rows', () => {
    expect([table.dtype, table.shape, isWide(table)]).toEqual([dtype === 'F16' ? 'f16' : 'f32', [4, 3], false])
    expect(widened(table)).toEqual(floats([4, 3], values))
    const rows = new VocabularyTable(table)
    expect(widened(rows.rows(1, 2))).toEqual(floats([2, 3], values.slice(3, 9)))
    expect(rows.lookUp([3, 0, 3])).toEqual(new Map([[3, values.slice(9)], [0, values.slice(0, 3)]]))
  })

  it('feeds a graph, which widens it', async () => {
    const graph = new Graph()
    graph.output('twice', mul(cast(graph.input('table', ['n', 3], table.dtype), 'f32'), 2))
    const session = await Session.open(graph, { threads: 1 })
    expect(floatData(await session.run(new Map([['table', table]])), 'twice')).toEqual(values.map((value) => 2 * value))
    await session.close()
  })

  it('says so when its file has become shorter', async () => {
    const path = join(folder, 'model.safetensors')
    await truncate(path, (await stat(path)).size - 2)
    expect(() => table.data).toThrow(/became shorter/)
  })
})
