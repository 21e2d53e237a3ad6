import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Endpoint } from '#shared/domain/endpoint.ts'
import { EndpointStore, type KeyVault } from '#main/endpoint/endpointStore.ts'
import { temporaryFolder } from '../store/fixtures.ts'

const endpoint = Endpoint.parse({ name: 'lab', baseUrl: 'https://lab.example/v1', model: 'seer' })

describe('the user\'s endpoints', () => {
  it('are told without their keys, which only the client gets', async () => {
    const store = new EndpointStore(join(temporaryFolder(), 'user'))
    expect(await store.list()).toEqual([])
    expect(await store.add(endpoint, 'secret-1')).toEqual({ ...endpoint, hasKey: true })
    expect(JSON.stringify(await store.list())).not.toContain('secret')
    expect(await store.open('lab')).toEqual({ endpoint, key: 'secret-1' })
  })

  it('lie in a file that nobody else can read, even if it was opened up', async () => {
    const folder = join(temporaryFolder(), 'user')
    const store = new EndpointStore(folder)
    await store.add(endpoint, 'secret-1')
    const mode = (path: string): number => statSync(path).mode & 0o777
    expect([mode(folder), mode(join(folder, 'endpoints.json'))]).toEqual([0o700, 0o600])
    chmodSync(join(folder, 'endpoints.json'), 0o644)
    await store.list()
    expect(mode(join(folder, 'endpoints.json'))).toBe(0o600)
  })

  it('are replaced with their key, never without', async () => {
    const store = new EndpointStore(temporaryFolder())
    await store.add(endpoint, 'secret-1')
    await store.add({ ...endpoint, baseUrl: 'https://evil.example/v1' }, null)
    expect(await store.open('lab')).toMatchObject({ key: null })
    expect(await store.list()).toHaveLength(1)
  })

  it('go with their key', async () => {
    const folder = temporaryFolder()
    const store = new EndpointStore(folder)
    await store.add(endpoint, 'secret-1')
    await store.remove('lab')
    expect(readFileSync(join(folder, 'endpoints.json'), 'utf8')).not.toContain('secret')
    await expect(store.remove('lab')).rejects.toMatchObject({ code: 'not_found' })
    await expect(store.open('lab')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('can be sealed by another keeper, and are opened by no other', async () => {
    const folder = temporaryFolder()
    const system: KeyVault = { name: 'system', seal: (key) => [...key].toReversed().join(''), open: (sealed) => [...sealed].toReversed().join('') }
    await new EndpointStore(folder, system).add(endpoint, 'secret-1')
    expect(readFileSync(join(folder, 'endpoints.json'), 'utf8')).not.toContain('secret-1')
    expect(await new EndpointStore(folder, system).open('lab')).toMatchObject({ key: 'secret-1' })
    await expect(new EndpointStore(folder).open('lab')).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('say so when their file is damaged', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'endpoints.json'), '{')
    await expect(new EndpointStore(folder).list()).rejects.toMatchObject({ code: 'unreadable_file' })
  })

  it('cannot hide a password in their address', () => {
    for (const baseUrl of ['https://me:pw@lab.example/v1', 'https://lab.example/v1?key=1', 'ftp://lab.example', 'lab.example/v1']) {
      expect(Endpoint.safeParse({ ...endpoint, baseUrl }).success, baseUrl).toBe(false)
    }
  })
})
