import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createAssets } from '#main/api/assets.ts'
import { openStudio, type Studio } from '#main/api/studio.ts'
import { encodePng } from '#main/image/codec.ts'
import { serveStudio, type StudioServer } from '#main/serve/serveStudio.ts'
import type { SightlineClient } from '#shared/contract/contract.ts'
import type { BlobId } from '#shared/domain/ids.ts'

let root: string
let folder: string
let studio: Studio
let server: StudioServer
let blob: BlobId

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-serve-'))
  folder = join(root, 'project')
  const renderer = join(root, 'renderer')
  await mkdir(join(renderer, 'assets'), { recursive: true })
  await writeFile(join(renderer, 'index.html'), '<!doctype html><title>Sightline</title>')
  await writeFile(join(renderer, 'assets', 'main-1.js'), 'export {}')
  await writeFile(join(root, 'secret.json'), '{}')
  studio = await openStudio({ folder, rendererFolder: renderer })
  blob = await studio.workshop.project.blobs.put(await encodePng({ width: 40, height: 20, data: new Uint8Array(40 * 20 * 3).fill(200) }), 'image/png')
  const assets = createAssets({ projectFolder: folder, blobs: studio.workshop.project.blobs, rendererFolder: renderer, maxUploadBytes: 1000 })
  server = await serveStudio({ router: studio.router, assets }, { port: 0 })
})

afterAll(async () => {
  await server.close()
  await studio.close()
  await rm(root, { recursive: true, force: true })
})

interface Wish {
  path?: string
  method?: string
  headers?: Record<string, string>
  body?: Uint8Array | string
  /** Without the token unless given. */
  token?: string | null
}

/** A raw request: `fetch` would set Host and tidy up paths. */
function ask({ path = '/', method = 'GET', headers = {}, body, token = server.token }: Wish): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const all = { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers }
    const sent = request({ host: '127.0.0.1', port: new URL(server.origin).port, path, method, headers: all }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function connect(headers: Record<string, string>): Promise<'open' | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers })
    socket.on('open', () => {
      socket.terminate()
      resolve('open')
    })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => resolve(0))
  })
}

describe('who may enter', () => {
  it('turns the printed address into a cookie and takes the token out of sight', async () => {
    const entered = await ask({ path: new URL(server.url).search.replace('?', '/?'), token: null })
    expect(entered.status).toBe(302)
    expect(entered.headers['location']).toBe('/')
    const cookie = String(entered.headers['set-cookie'])
    expect(cookie).toMatch(/^sightline-\d+=\S+; HttpOnly; SameSite=Strict; Path=\/$/)
    const page = await ask({ token: null, headers: { cookie: `other=1; ${cookie.split(';')[0]}` } })
    expect([page.status, page.body.toString()]).toEqual([200, '<!doctype html><title>Sightline</title>'])
  })

  it.each([
    ['no token', { token: null }, 401],
    ['a wrong token', { token: 'wrong' }, 401],
    ['a wrong token in the address', { token: null, path: '/?token=wrong' }, 401],
    ['the token on another page', { token: null, path: '/blob/x?token=TOKEN' }, 401],
    ['another host', { headers: { host: 'evil.example' } }, 403],
    ['another port', { headers: { host: '127.0.0.1:1' } }, 403],
    ['a foreign origin', { headers: { origin: 'http://evil.example' } }, 403],
    ['an opaque origin', { headers: { origin: 'null' } }, 403],
    ['an origin on another port', { headers: { origin: 'http://127.0.0.1:1' } }, 403]
  ])('refuses %s', async (_name, wish: Wish, status) => {
    const path = wish.path?.replace('TOKEN', server.token)
    const refused = await ask({ ...wish, ...(path === undefined ? {} : { path }) })
    expect(refused.status).toBe(status)
    expect(refused.headers['x-content-type-options']).toBe('nosniff')
  })

  it('asks the same of the socket', async () => {
    const authorization = `Bearer ${server.token}`
    expect(await connect({ authorization })).toBe('open')
    expect(await connect({ authorization, origin: server.origin })).toBe('open')
    expect(await connect({})).toBe(401)
    expect(await connect({ authorization, origin: 'http://evil.example' })).toBe(403)
    expect(await connect({ authorization, host: 'evil.example' })).toBe(403)
  })

  it('says which port is taken', async () => {
    await expect(serveStudio(studio, { port: Number(new URL(server.origin).port) })).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('what is served', () => {
  it('sends strict headers with every page', async () => {
    const { headers } = await ask({})
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  it('gives pages and built files, and nothing above them', async () => {
    expect((await ask({ path: '/review/abc' })).body.toString()).toContain('Sightline')
    const script = await ask({ path: '/assets/main-1.js' })
    expect([script.status, script.headers['content-type'], script.headers['cache-control']]).toEqual([200, 'text/javascript; charset=utf-8', 'private, max-age=31536000, immutable'])
    for (const path of ['/../secret.json', '/%2e%2e/secret.json', '/..%2fsecret.json', '/assets/../../secret.json', '/assets/%00.js', '/%ff.js']) {
      expect((await ask({ path })).status, path).toBe(404)
    }
  })

  it('gives pictures by their id with the right type, for ever', async () => {
    const found = await ask({ path: `/blob/${blob}` })
    expect([found.status, found.headers['content-type'], found.headers['cache-control']]).toEqual([200, 'image/png', 'private, max-age=31536000, immutable'])
    for (const path of ['/blob/nonsense', `/blob/${'0'.repeat(64)}`, '/blob/..%2f..%2fproject.sqlite']) {
      expect((await ask({ path })).status, path).toBe(404)
    }
  })

  it('makes thumbnails once and keeps them', async () => {
    const first = await ask({ path: `/thumbnail/${blob}?side=16` })
    const again = await ask({ path: `/thumbnail/${blob}?side=60` })
    expect([first.status, String(first.headers['content-type']).startsWith('image/')]).toEqual([200, true])
    expect(again.body.equals(first.body)).toBe(true)
    expect((await readFile(join(folder, 'cache', 'thumbnails', blob.slice(0, 2), `${blob}-64`))).equals(first.body)).toBe(true)
  })
})

describe('uploads', () => {
  it('stores a file below the inbox', async () => {
    const stored = await ask({ method: 'PUT', path: '/inbox/b1/pictures/a%20b.png', body: 'bytes' })
    expect([stored.status, JSON.parse(stored.body.toString())]).toEqual([201, { path: 'inbox/b1/pictures/a b.png' }])
    expect(await readFile(join(folder, 'inbox', 'b1', 'pictures', 'a b.png'), 'utf8')).toBe('bytes')
  })

  it.each(['/inbox/b1/..%2f..%2fx', '/inbox/b1/%2e%2e/%2e%2e/%2e%2e/x', '/inbox/b1/a%5c..%5cx', '/inbox/b1/a%00b', '/inbox/b1/c:x', '/inbox/b1/', '/inbox/b1', '/inbox/b1//x', '/inbox/b1/%ff'])('refuses %s', async (path) => {
    const { status } = await ask({ method: 'PUT', path, body: 'x' })
    expect([403, 404]).toContain(status)
  })

  it('refuses what is too large, told or not, and leaves nothing behind', async () => {
    const body = new Uint8Array(1001)
    expect((await ask({ method: 'PUT', path: '/inbox/b2/told.bin', body })).status).toBe(413)
    expect((await ask({ method: 'PUT', path: '/inbox/b2/untold.bin', body, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413)
    await expect(readFile(join(folder, 'inbox', 'b2', 'untold.bin'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('does not follow a link out of the inbox', async () => {
    await mkdir(join(root, 'outside'), { recursive: true })
    await mkdir(join(folder, 'inbox'), { recursive: true })
    await symlink(join(root, 'outside'), join(folder, 'inbox', 'link'))
    expect((await ask({ method: 'PUT', path: '/inbox/link/x.txt', body: 'x' })).status).toBe(403)
    await expect(readFile(join(root, 'outside', 'x.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('needs the token too', async () => {
    expect((await ask({ method: 'PUT', path: '/inbox/b1/x', body: 'x', token: null })).status).toBe(401)
  })
})

describe('the contract over the socket', () => {
  it('survives broken and oversized messages', async () => {
    const headers = { authorization: `Bearer ${server.token}` }
    const closed = await Promise.all([Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.alloc(33 * 2 ** 20)].map((bytes, index) => new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers })
      socket.on('error', () => undefined)
      socket.on('open', () => {
        if (index === 0) (socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(bytes)
        else socket.send(bytes)
      })
      socket.on('close', resolve)
    })))
    expect(closed).toHaveLength(2)
    expect((await ask({})).status).toBe(200)
  })

  it('answers, and gives expected failures as typed errors with their record', async () => {
    const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/rpc`, { headers: { authorization: `Bearer ${server.token}` } })
    const client: SightlineClient = createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }))
    expect(await client.project.info()).toMatchObject({ name: 'project', items: 0 })
    await expect(client.jobs.get({ jobId: 'nowhere' as never })).rejects.toMatchObject({ code: 'SIGHTLINE', defined: true, data: { code: 'not_found', where: 'nowhere' } })
    await expect(client.jobs.watch({ jobId: 'nowhere' as never })).rejects.toMatchObject({ code: 'SIGHTLINE', data: { code: 'not_found' } })
    await expect(client.items.import({ path: '../etc/passwd' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(client.items.import({ path: 'inbox/none.jsonl' })).rejects.toMatchObject({ data: { code: 'not_found' } })
    socket.close()
  })
})
