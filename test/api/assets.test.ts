// The same handler on the desktop window's own scheme.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAssets } from '#main/api/assets.ts'
import { BlobStore } from '#main/blobs/blobStore.ts'
import { encodePng } from '#main/image/codec.ts'
import type { BlobId } from '#shared/domain/ids.ts'

let folder: string
let assets: ReturnType<typeof createAssets>
let blob: BlobId
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-assets-'))
  const blobs = new BlobStore(join(folder, 'blobs'))
  blob = await blobs.put(await encodePng({ width: 300, height: 100, data: new Uint8Array(90_000).fill(9) }), 'image/png')
  await writeFile(join(folder, 'index.html'), 'page')
  assets = createAssets({ projectFolder: folder, blobs, rendererFolder: folder })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ask = (path: string, init: RequestInit = {}): Promise<Response> => Promise.resolve(assets.fetch(new Request(`sightline://studio${path}`, init)))

describe('assets on the desktop scheme', () => {
  it('serves the page, pictures and thumbnails', async () => {
    expect(await (await ask('/')).text()).toBe('page')
    expect((await ask(`/blob/${blob}`)).headers.get('content-type')).toBe('image/png')
    const small = new Uint8Array(await (await ask(`/thumbnail/${blob}?side=100`)).arrayBuffer())
    const again = await Promise.all([1, 2, 3].map(async () => new Uint8Array(await (await ask(`/thumbnail/${blob}?side=100`)).arrayBuffer())))
    expect(again.every((bytes) => Buffer.from(bytes).equals(small))).toBe(true)
  })

  it('takes uploads and refuses to leave the inbox', async () => {
    const stored = await ask('/inbox/b/x.jsonl', { method: 'PUT', body: '{}' })
    expect([stored.status, await stored.json()]).toEqual([201, { path: 'inbox/b/x.jsonl' }])
    expect(await readFile(join(folder, 'inbox', 'b', 'x.jsonl'), 'utf8')).toBe('{}')
    const refused = await ask('/inbox/b/..%2f..%2f..%2fx', { method: 'PUT', body: '{}' })
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'outside_project' }])
  })

  it('says when there is nothing, and refuses to make a thumbnail of what is no picture', async () => {
    expect((await ask('/nothing.js')).status).toBe(404)
    expect((await ask(`/thumbnail/${blob}?side=wide`)).status).toBe(404)
    const blobs = new BlobStore(join(folder, 'blobs'))
    const text = await blobs.put(new TextEncoder().encode('<script>alert(1)</script>'), 'application/octet-stream')
    expect((await ask(`/blob/${text}`)).headers.get('content-type')).toBe('application/octet-stream')
    expect((await ask(`/thumbnail/${text}`)).status).toBe(422)
  })
})
