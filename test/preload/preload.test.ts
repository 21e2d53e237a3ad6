import { beforeEach, describe, expect, it, vi } from 'vitest'

const exposed: Record<string, unknown> = {}
const sent: unknown[][] = []

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, value: unknown) => { exposed[name] = value } },
  ipcRenderer: { postMessage: (...message: unknown[]) => sent.push(message) }
}))

/** A page as the preload sees it: it can only listen for messages. */
const page = new EventTarget()

function say(data: unknown, ports: MessagePort[], source: unknown = page): void {
  page.dispatchEvent(Object.assign(new Event('message'), { data, ports, source }))
}

beforeEach(async () => {
  vi.stubGlobal('window', page)
  await import('../../src/preload/preload.ts')
  sent.length = 0
})

describe('the bridge', () => {
  it('exposes a mark and nothing that acts', () => {
    expect(exposed).toEqual({ studio: { transport: 'electron' } })
  })

  it('hands one port over when the page asks to connect', () => {
    const { port1 } = new MessageChannel()
    say('rpc:connect', [port1])
    expect(sent).toEqual([['rpc:connect', null, [port1]]])
    port1.close()
  })

  it('hands over nothing else', () => {
    const { port1 } = new MessageChannel()
    say('something', [port1])
    say('rpc:connect', [])
    say('rpc:connect', [port1], 'another frame')
    expect(sent).toEqual([])
    port1.close()
  })
})
