import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { baseCheckpoint, registerEmbeddedModel } from '#main/api/baseModel.ts'
import { listCheckpoints } from '#main/store/checkpoints.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'

let root: string
let project: ProjectWriter
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-model-'))
  project = createProject(join(root, 'project'), 'test')
  await mkdir(join(root, 'pocket'))
})
afterEach(async () => {
  project.close()
  await rm(root, { recursive: true, force: true })
})

async function ship(shape: number[]): Promise<void> {
  const bytes = 2 * shape.reduce((product, side) => product * side, 1)
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, a: { dtype: 'F16', shape, data_offsets: [0, bytes] }, b: { dtype: 'F16', shape: [], data_offsets: [bytes, bytes + 2] } }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  await writeFile(join(root, 'pocket', 'model.safetensors'), Buffer.concat([length, header, Buffer.alloc(bytes + 2)]))
  await writeFile(join(root, 'pocket', 'config.json'), '{"model_type": "qwen2_5_vl"}')
}

describe('the embedded model', () => {
  it('is copied into the project once and registered with its size and hash', async () => {
    await ship([3, 4])
    const first = await registerEmbeddedModel(project, root)
    expect(first).toMatchObject({ name: 'pocket', family: 'qwen2_5_vl', parameters: 13, runId: null, folder: `models/pocket-${first?.hash.slice(0, 8)}` })
    expect(await readFile(join(project.folder, first?.folder ?? '', 'config.json'), 'utf8')).toContain('qwen2_5_vl')
    expect(await registerEmbeddedModel(project, root)).toEqual(first)
    expect(listCheckpoints(project)).toHaveLength(1)
  })

  it('comes again when its files were lost, and beside the old one when a new one ships', async () => {
    await ship([3, 4])
    const first = await registerEmbeddedModel(project, root)
    await rm(join(project.folder, first?.folder ?? ''), { recursive: true })
    expect(await registerEmbeddedModel(project, root)).toEqual(first)
    await ship([5])
    const second = await registerEmbeddedModel(project, root)
    expect([listCheckpoints(project).length, baseCheckpoint(project)?.id]).toEqual([2, second?.id])
  })

  it('may be missing', async () => {
    expect(await registerEmbeddedModel(project, root)).toBeNull()
    expect(baseCheckpoint(project)).toBeNull()
  })

  it('is refused with a nonsensical header', async () => {
    await writeFile(join(root, 'pocket', 'model.safetensors'), Buffer.alloc(16, 0x7f))
    await expect(registerEmbeddedModel(project, root)).rejects.toMatchObject({ code: 'bad_checkpoint' })
  })
})
