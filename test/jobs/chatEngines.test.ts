import { describe, expect, it } from 'vitest'
import type { ChatEvent, ChatRequest } from '#main/engine/chat/protocol.ts'
import { ChatEngines, type ChatCompletion } from '#main/jobs/chatEngines.ts'
import type { EngineExit, EngineProcess } from '#main/jobs/engineProcess.ts'
import { MachineMonitor } from '#main/jobs/machine/machineMonitor.ts'
import { collect } from '../collect.ts'
import { makeCheckpoint } from '../store/fixtures.ts'

const completion: ChatCompletion = {
  dialogue: { system: null, turns: [{ text: 'Hello?', images: [], assistant: null }] }, choices: 1, seed: 1, temperature: 0, topP: 1, topK: 0, maxTokens: 5, stop: []
}

/** A chat engine on paper: it answers what the test says. */
class PaperEngine implements EngineProcess<ChatRequest> {
  readonly heard: ChatRequest[] = []
  killed = false
  #message: (message: unknown) => void = () => undefined
  #exit: (exit: EngineExit) => void = () => undefined
  readonly #answer: (request: ChatRequest, engine: PaperEngine) => void

  constructor(answer: (request: ChatRequest, engine: PaperEngine) => void = () => undefined) {
    this.#answer = answer
  }

  say(event: ChatEvent): void {
    this.#message(event)
  }

  send(request: ChatRequest): void {
    this.heard.push(request)
    this.#answer(request, this)
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#message = listener
  }

  onExit(listener: (exit: EngineExit) => void): void {
    this.#exit = listener
  }

  kill(): void {
    this.killed = true
    this.#exit({ code: null, signal: 'SIGKILL' })
  }

  lastWords(): string {
    return 'the last words'
  }
}

function answers(request: ChatRequest, engine: PaperEngine): void {
  if (request.kind !== 'complete') return
  const { id } = request
  engine.say({ kind: 'read', id, promptTokens: 3 })
  engine.say({ kind: 'piece', id, choice: 0, text: 'Hi', tokens: [] })
  engine.say({ kind: 'end', id, choice: 0, reason: 'stop', completionTokens: 2 })
}

function enginesOf(answer?: (request: ChatRequest, engine: PaperEngine) => void, idleMilliseconds = 60_000, machine?: MachineMonitor) {
  const started: PaperEngine[] = []
  const spawn = (): PaperEngine => {
    started.push(new PaperEngine(answer))
    return started.at(-1) as PaperEngine
  }
  return { started, engines: new ChatEngines({ projectFolder: '/project', pictures: '/project/cache/chat', threads: 1, spawn, idleMilliseconds, ...(machine === undefined ? {} : { machine }) }) }
}

describe('chat engines', () => {
  it('are started once for a model and stay warm', async () => {
    const { engines, started } = enginesOf(answers)
    const checkpoint = makeCheckpoint()
    for (let i = 0; i < 2; i++) {
      expect((await collect(engines.complete(checkpoint, completion))).map(({ kind }) => kind)).toEqual(['read', 'piece', 'end'])
    }
    expect(started).toHaveLength(1)
    expect(started[0]?.heard.map(({ kind }) => kind)).toEqual(['open', 'complete', 'complete'])
  })

  it('make room for another model by ending the one idle the longest', async () => {
    const { engines, started } = enginesOf(answers)
    const [a, b, c] = [makeCheckpoint(), makeCheckpoint(), makeCheckpoint()]
    for (const checkpoint of [a, b, a, c]) await collect(engines.complete(checkpoint, completion))
    expect(started.map(({ killed }) => killed)).toEqual([false, true, false])
  })

  it('are asked what they use while someone looks at the machine, and only then', async () => {
    const usage = { processor: 0.25, residentBytes: 1e9, deviceBytes: 0 }
    const machine = new MachineMonitor(process.cwd(), { interval: 5, openCards: () => ({ read: () => Promise.resolve(null), close: () => undefined }) })
    const { engines, started } = enginesOf((request, engine) => {
      answers(request, engine)
      if (request.kind === 'usage') engine.say({ kind: 'usage', usage })
    }, 60_000, machine)
    await collect(engines.complete(makeCheckpoint(), completion))
    const asked = (): number => started[0]?.heard.filter(({ kind }) => kind === 'usage').length ?? 0
    expect([asked(), machine.latest]).toEqual([0, null])
    const watched = machine.watch()
    const told = async (): Promise<unknown> => (await watched.next()).value?.at(-1)?.engines
    await expect.poll(told).toEqual([{ ...usage, run: null }])
    started[0]?.kill()
    await expect.poll(told).toEqual([])
    await watched.return(undefined)
  })

  it('end after idling', async () => {
    const { engines, started } = enginesOf(answers, 1)
    await collect(engines.complete(makeCheckpoint(), completion))
    await expect.poll(() => started[0]?.killed).toBe(true)
  })

  it('that refuse or die fail the requests they had, and the next one finds a new engine', async () => {
    const checkpoint = makeCheckpoint()
    const refusing = enginesOf((request, engine) => {
      if (request.kind === 'complete') engine.say({ kind: 'refused', id: request.id, error: { code: 'bad_input', message: 'No' } })
    })
    await expect(collect(refusing.engines.complete(checkpoint, completion))).rejects.toMatchObject({ code: 'bad_input' })
    const dying = enginesOf((request, engine) => {
      if (request.kind === 'complete') engine.kill()
    })
    for (let i = 0; i < 2; i++) await expect(collect(dying.engines.complete(checkpoint, completion))).rejects.toMatchObject({ code: 'engine_died', where: 'the last words' })
    expect(dying.started).toHaveLength(2)
  })

  it('are told when nobody listens any more', async () => {
    const { engines, started } = enginesOf((request, engine) => {
      if (request.kind === 'complete') engine.say({ kind: 'read', id: request.id, promptTokens: 3 })
    })
    const stop = new AbortController()
    for await (const event of engines.complete(makeCheckpoint(), completion, stop.signal)) if (event.kind === 'read') stop.abort()
    expect(started[0]?.heard.map(({ kind }) => kind)).toEqual(['open', 'complete', 'abort'])
  })

  it('start no more once the studio closes', async () => {
    const { engines, started } = enginesOf(answers)
    await collect(engines.complete(makeCheckpoint(), completion))
    engines.close()
    expect(started[0]?.killed).toBe(true)
    await expect(collect(engines.complete(makeCheckpoint(), completion))).rejects.toMatchObject({ code: 'conflict' })
  })
})
