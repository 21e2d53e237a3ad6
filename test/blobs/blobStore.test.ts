import { mkdir, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { BlobId } from '#shared/domain/ids.ts'
import { BlobStore, blobIdOf } from '#main/blobs/blobStore.ts'
import { temporaryFolder } from '../store/fixtures.ts'

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3)

describe('the blob store', () => {
  it('keeps bytes under their SHA-256, once', async () => {
    const store = new BlobStore(temporaryFolder())
    const ids = await Promise.all(Array.from({ length: 8 }, () => store.put(PNG, 'image/png')))
    expect(new Set(ids)).toEqual(new Set([blobIdOf(PNG)]))
    expect(new Uint8Array(await store.get(blobIdOf(PNG), { verify: true }))).toEqual(PNG)
    expect(await store.has(blobIdOf(PNG))).toBe(true)
    expect(await readdir(path.join(store.folder, 'tmp'))).toEqual([])
    const { ino } = await stat(store.path(blobIdOf(PNG)))
    await store.put(PNG, 'image/png')
    expect((await stat(store.path(blobIdOf(PNG)))).ino).toBe(ino)
    expect(await store.list()).toEqual([blobIdOf(PNG)])
  })

  it('removes what nobody put again since, and says how much that was', async () => {
    const store = new BlobStore(temporaryFolder())
    const id = await store.put(PNG, 'image/png')
    const [long, now] = [Date.now() - 100_000_000, Date.now()]
    await utimes(store.path(id), 0, long / 1000)
    await store.put(PNG, 'image/png')
    expect([store.isOlderThan(id, now - 1000), await store.remove(id, now - 1000), await store.has(id)]).toEqual([false, null, true])
    await utimes(store.path(id), 0, long / 1000)
    expect([store.isOlderThan(id, now), await store.remove(id, now), await store.has(id), await store.list()]).toEqual([true, PNG.length, false, []])
    expect([await store.remove(id, now), await readdir(path.join(store.folder, 'tmp'))]).toEqual([null, []])
  })

  it('keeps every picture that is put while it is being removed', async () => {
    const store = new BlobStore(temporaryFolder())
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.of(...PNG, round)
      const id = await store.put(bytes, 'image/png')
      await utimes(store.path(id), 0, 1)
      await Promise.all([store.remove(id, Date.now() - 10_000), store.put(bytes, 'image/png')])
      expect(await store.has(id)).toBe(true)
    }
  })

  it('puts back what a program was removing when it was killed', async () => {
    const store = new BlobStore(temporaryFolder())
    const id = await store.put(PNG, 'image/png')
    await utimes(store.path(id), 0, 1)
    await rename(store.path(id), path.join(store.folder, 'tmp', `leaving-${id}`))
    expect([store.sweep(Date.now()), await store.list()]).toEqual([0, [id]])
  })

  it('refuses pictures that are not what they are called, and takes videos as they are', async () => {
    const store = new BlobStore(temporaryFolder())
    await expect(store.put(PNG, 'image/jpeg')).rejects.toMatchObject({ code: 'bad_input', message: expect.stringContaining('image/png') })
    await expect(store.put(Uint8Array.of(1, 2), 'image/png')).rejects.toMatchObject({ code: 'bad_input' })
    expect(await store.put(Uint8Array.of(1, 2), 'video/mp4')).toBe(blobIdOf(Uint8Array.of(1, 2)))
  })

  it('says which blob is missing and, asked to verify, which is damaged', async () => {
    const store = new BlobStore(temporaryFolder())
    const id = await store.put(PNG, 'image/png')
    await writeFile(store.path(id), 'other')
    await expect(store.get(id, { verify: true })).rejects.toMatchObject({ code: 'unreadable_file' })
    await expect(store.get(BlobId.parse('0'.repeat(64)))).rejects.toMatchObject({ code: 'not_found' })
  })

  it('sweeps what a killed program left, not what another is writing', async () => {
    const store = new BlobStore(temporaryFolder())
    const folder = path.join(store.folder, 'tmp')
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, 'old'), 'x')
    await writeFile(path.join(folder, 'new'), 'x')
    const now = Date.now()
    await utimes(path.join(folder, 'old'), 0, (now - 7_200_000) / 1000)
    expect(store.sweep(now)).toBe(1)
    expect(await readdir(folder)).toEqual(['new'])
    expect(new BlobStore(path.join(folder, 'nowhere')).sweep(now)).toBe(0)
  })
})
