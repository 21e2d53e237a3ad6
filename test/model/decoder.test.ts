import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Decoder } from '#main/model/decoder.ts'
import type { Generated, GenerateRequest } from '#main/model/generation.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { SequenceFeeder } from '#main/model/sequenceFeeds.ts'
import { logitsGraph } from '#main/model/sequenceGraph.ts'
import { weightInputs } from '#main/model/weights.ts'
import { Session } from '#main/runtime/session.ts'
import { randomImage, randomSample, TINY, tinyModel } from './tiny.ts'

const SAMPLING = { temperature: 1, topK: 0, topP: 1, bannedIds: new Set([1, 2, 3, 4]), stopIds: new Set([5]) }
const model = tinyModel()
const random = Random.seeded(5)
/** Three prompts of different lengths: two images (one not a multiple of the window), one image of a single cell, none. */
const prompts = [
  randomSample(random, [randomImage(random, 3, 2), randomImage(random, 1, 5)], 4, 3, 1),
  randomSample(random, [randomImage(random, 1, 1)], 2, 6, 1),
  randomSample(random, [], 5, 2, 1)
]

/** The logits of every token of one sequence by the whole-sequence graph. */
async function fullLogits({ ids, images }: TokenSample): Promise<Float32Array[]> {
  const graph = new Graph()
  graph.output('logits', logitsGraph(graph, TINY, weightInputs(graph, model.weights)))
  const session = await Session.open(graph, { threads: 1 })
  const { feeds } = new SequenceFeeder(TINY).batch([{ ids, images, loss: new Float32Array(ids.length).fill(1) }])
  const logits = (await session.run(new Map([...model.weights, ...feeds]))).get('logits')?.data as Float32Array
  await session.close()
  return Array.from(ids, (_, t) => logits.slice(t * TINY.text.vocabSize, (t + 1) * TINY.text.vocabSize))
}

function worst(a: Float32Array, b: Float32Array): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? Number.NaN))))
}

describe('decoder', () => {
  it('gives the logits of the whole-sequence graph, over ragged turns with images', async () => {
    const decoder = new Decoder(model)
    const open = prompts.map((prompt) => ({ ...prompt, sequence: decoder.open() }))
    const observation = randomImage(random, 2, 2)
    const more = [TINY.ids.visionStart, 1, 1, 1, 1, TINY.ids.visionEnd, 9, 8]
    await decoder.extend(open)
    const first = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, seed: i, maxNewTokens: 4 + i })), SAMPLING)
    await decoder.extend(open.map(({ sequence }) => ({ sequence, ids: more, images: [observation] })))
    const second = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, seed: 9 + i, maxNewTokens: 3 })), SAMPLING)
    // What was drawn last is still to be read in.
    await decoder.extend(open.map(({ sequence }) => ({ sequence, ids: [], images: [] })))
    for (const [i, prompt] of prompts.entries()) {
      const ids = Int32Array.from([...prompt.ids, ...(first[i]?.ids ?? []), ...more, ...(second[i]?.ids ?? [])])
      const full = await fullLogits({ ids, images: [...prompt.images, observation], loss: prompt.loss })
      expect(decoder.length(open[i]?.sequence ?? -1)).toBe(ids.length)
      const last = full[ids.length - 1] as Float32Array
      const cached = decoder.logits(open[i]?.sequence ?? -1) as Float32Array
      expect(worst(last, cached)).toBeLessThan(2e-5)
    }
  })

  it.each([[1, 1], [16, 1], [16, 0.7], [1, 1.5], [16, 0]])('with %i tokens a run at temperature %f returns the log-probabilities the training graph recomputes', async (tokensPerRun, temperature) => {
    const decoder = new Decoder(model, { tokensPerRun })
    const open = prompts.map((prompt) => ({ ...prompt, sequence: decoder.open() }))
    await decoder.extend(open)
    const written = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, seed: i, maxNewTokens: 70 })), { ...SAMPLING, temperature, stopIds: new Set() })
    const samples = prompts.map(({ ids, images }, i) => {
      const all = Int32Array.from([...ids, ...(written[i]?.ids ?? [])])
      return { ids: all, images, loss: new Float32Array(all.length).fill(1, ids.length) }
    })
    const scored = await model.logProbs(samples)
    for (const [i, { logProbs, ids }] of written.entries()) {
      expect(ids).toHaveLength(70)
      const from = prompts[i]?.ids.length ?? 0
      logProbs.forEach((value, k) => expect(Math.abs(value - (scored[i]?.[from + k] ?? 0))).toBeLessThan(2e-5))
    }
  })

  it.each([
    { temperature: 1 }, { temperature: 0.6 }, { temperature: 0 }, { temperature: 1, topK: 7 }, { temperature: 1.3, topP: 0.8 }, { temperature: 0.9, topK: 12, topP: 0.7 },
    { temperature: 0.7, topK: 500 }
  ])('writes the same with a loop in the graph as a token a run, %o', async (rule) => {
    const write = async (tokensPerRun: number): Promise<Generated[]> => {
      const decoder = new Decoder(model, { tokensPerRun })
      const open = Array.from({ length: 7 }, (_, i) => ({ ...(prompts[i % 3] as TokenSample), sequence: decoder.open() }))
      await decoder.extend(open)
      const turn = async (seed: number): Promise<Generated[]> =>
        await decoder.generate(open.map(({ sequence }, i) => ({ sequence, seed: seed + i, maxNewTokens: 1 + 13 * i })), { ...SAMPLING, ...rule })
      const first = await turn(0)
      await decoder.extend(open.map(({ sequence }) => ({ sequence, ids: [7, 8, 9], images: [] })))
      return [...first, ...await turn(100)]
    }
    const [single, looped, long] = [await write(1), await write(5), await write(64)]
    expect(new Set(single.map(({ ending }) => ending))).toEqual(new Set(['stop', 'length']))
    for (const other of [looped, long]) {
      expect(other.map(({ ids, ending }) => ({ ids, ending }))).toEqual(single.map(({ ids, ending }) => ({ ids, ending })))
      other.forEach(({ logProbs, entropies }, i) => {
        logProbs.forEach((value, k) => expect(Math.abs(value - (single[i]?.logProbs[k] ?? Number.NaN))).toBeLessThan(1e-5))
        entropies.forEach((value, k) => expect(Math.abs(value - (single[i]?.entropies[k] ?? Number.NaN))).toBeLessThan(1e-5))
      })
    }
  })

  it('ends where a stop text appears, across tokens and within a run', async () => {
    const decode = (ids: readonly number[]): string => ids.map((id) => String.fromCodePoint(97 + (id % 26))).join('')
    const write = async (tokensPerRun: number, texts: readonly string[]): Promise<Generated | undefined> => {
      const decoder = new Decoder(model, { tokensPerRun })
      const sequence = decoder.open()
      await decoder.extend([{ sequence, ...(prompts[0] as TokenSample) }])
      const rule = { ...SAMPLING, stopIds: new Set<number>(), stopTexts: { texts, decode } }
      const [written] = await decoder.generate([{ sequence, seed: 3, maxNewTokens: 60 }], rule)
      expect(decoder.length(sequence)).toBe((prompts[0]?.ids.length ?? 0) + (written?.ids.length ?? 0))
      return written
    }
    const whole = await write(8, [])
    expect(whole?.ending).toBe('length')
    const text = decode(whole?.ids ?? [])
    const stop = text.slice(20, 23)
    for (const tokensPerRun of [1, 8]) {
      const cut = await write(tokensPerRun, ['never in it', stop])
      expect(cut?.ending).toBe('text')
      expect(decode(cut?.ids ?? [])).toBe(text.slice(0, text.indexOf(stop) + 3))
    }
  })

  it('cuts at top-k and top-p inside the loop', async () => {
    const decoder = new Decoder(model, { tokensPerRun: 16 })
    const sequence = decoder.open()
    await decoder.extend([{ sequence, ...(prompts[2] as TokenSample) }])
    const [first] = await decoder.generate([{ sequence: decoder.fork(sequence), seed: 1, maxNewTokens: 20 }], { ...SAMPLING, topK: 1 })
    const [greedy] = await decoder.generate([{ sequence, seed: 2, maxNewTokens: 20 }], { ...SAMPLING, temperature: 0 })
    expect(first?.ids).toEqual(greedy?.ids)
  })

  it('draws within the nucleus of the rule only, and not the likeliest alone', async () => {
    const decoder = new Decoder(model, { tokensPerRun: 16 })
    const prompt = prompts[1] as TokenSample
    const sequence = decoder.open()
    await decoder.extend([{ sequence, ...prompt }])
    const rule = { ...SAMPLING, stopIds: new Set<number>(), topK: 6, topP: 0.5 }
    const [written] = await decoder.generate([{ sequence, seed: 4, maxNewTokens: 40 }], rule)
    const full = await fullLogits({ ids: Int32Array.from([...prompt.ids, ...(written?.ids ?? [])]), images: prompt.images, loss: prompt.loss })
    const ranks = (written?.ids ?? []).map((id, k) => {
      const logits = full[prompt.ids.length + k - 1] as Float32Array
      const better = Array.from(logits.keys()).filter((other) => !rule.bannedIds.has(other) && (logits[other] ?? 0) > (logits[id] ?? 0))
      const mass = (ids: readonly number[]): number => ids.reduce((sum, other) => sum + Math.exp(logits[other] ?? 0), 0)
      const kept = Array.from(logits.keys()).filter((other) => !rule.bannedIds.has(other)).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, 6)
      expect(mass(better)).toBeLessThan(0.5 * mass(kept) + 1e-4)
      return better.length
    })
    expect(Math.max(...ranks)).toBeGreaterThan(0)
  })

  it('draws the same tokens whatever else is in the batch, and after a fork', async () => {
    const decoder = new Decoder(model)
    const alone = decoder.open()
    const prompt = prompts[0] as TokenSample
    await decoder.extend([{ sequence: alone, ...prompt }])
    const forks = [decoder.fork(alone), decoder.fork(alone), decoder.fork(alone)]
    const requests = (sequences: number[]): GenerateRequest[] =>
      sequences.map((sequence, i) => ({ sequence, seed: i + 1, maxNewTokens: 20 * (i + 1) }))
    const together = await decoder.generate(requests(forks), SAMPLING)
    const [single] = await decoder.generate(requests([alone]), SAMPLING)
    expect(together[0]?.ids).toEqual(single?.ids)
    expect(new Set(together.map(({ ids }) => ids.join())).size).toBe(3)
    for (const { ids, ending } of together) {
      expect(ids.some((id) => SAMPLING.bannedIds.has(id))).toBe(false)
      expect(ending).toBe(ids.at(-1) === 5 ? 'stop' : 'length')
    }
  })

  it('writes the same when sequences come and go between runs', async () => {
    const decoder = new Decoder(model, { tokensPerRun: 6 })
    const open = Array.from({ length: 9 }, (_, i) => ({ ...(prompts[i % 3] as TokenSample), sequence: decoder.open() }))
    await decoder.extend(open)
    const requests = open.map(({ sequence }, i) => ({ sequence, seed: i, maxNewTokens: [90, 7, 0, 31, 150][i % 5] as number }))
    const twins = requests.map((request) => ({ ...request, sequence: decoder.fork(request.sequence) }))
    const alone: Generated[] = []
    for (const twin of twins) alone.push(...await decoder.generate([twin], SAMPLING))
    const writing = decoder.writing(SAMPLING)
    const found = new Map<GenerateRequest, Generated>()
    for (let entered = 0; found.size < requests.length; ) {
      const coming = requests.slice(entered, entered + 2)
      entered += coming.length
      await writing.enter(coming)
      for (const { request, generated } of await writing.run()) found.set(request, generated)
    }
    expect(writing.size).toBe(0)
    requests.forEach((request, i) => expect(found.get(request)?.ids).toEqual(alone[i]?.ids))
    requests.forEach(({ sequence }, i) => expect(decoder.length(sequence)).toBe(decoder.length(twins[i]?.sequence ?? -1)))
    // What it left behind is read on from as from the twin's own cache.
    const more = (sequence: number): { sequence: number; ids: number[]; images: [] } => ({ sequence, ids: [7, 8, 9], images: [] })
    await decoder.extend([...requests, ...twins].map(({ sequence }) => more(sequence)))
    requests.forEach(({ sequence }, i) => {
      expect(worst(decoder.logits(sequence) as Float32Array, decoder.logits(twins[i]?.sequence ?? -1) as Float32Array)).toBeLessThan(2e-5)
    })
  })

  it('forks a sequence where it was marked', async () => {
    const decoder = new Decoder(model)
    const [elder, other] = [decoder.open(), decoder.open()]
    await decoder.extend([elder, other].map((sequence) => ({ sequence, ...(prompts[0] as TokenSample) })))
    const mark = decoder.mark(elder)
    await decoder.generate([{ sequence: elder, seed: 1, maxNewTokens: 70 }], { ...SAMPLING, stopIds: new Set<number>() })
    expect(() => decoder.mark(elder)).toThrow(/to read in/)
    const late = decoder.fork(elder, mark)
    expect(decoder.length(late)).toBe(prompts[0]?.ids.length)
    const [a, b] = await decoder.generate([late, other].map((sequence) => ({ sequence, seed: 2, maxNewTokens: 40 })), SAMPLING)
    expect(a).toEqual(b)
  })

  it('goes on after a length ending without a new prompt, as if it had not stopped', async () => {
    const decoder = new Decoder(model)
    const [a, b] = [decoder.open(), decoder.open()]
    const prompt = prompts[2] as TokenSample
    await decoder.extend([a, b].map((sequence) => ({ sequence, ...prompt })))
    const rule = { ...SAMPLING, temperature: 0, stopIds: new Set<number>() }
    const [whole] = await decoder.generate([{ sequence: a, seed: 0, maxNewTokens: 9 }], rule)
    const [start] = await decoder.generate([{ sequence: b, seed: 0, maxNewTokens: 4 }], rule)
    const [rest] = await decoder.generate([{ sequence: b, seed: 0, maxNewTokens: 5 }], rule)
    expect([...(start?.ids ?? []), ...(rest?.ids ?? [])]).toEqual(whole?.ids)
  })

  it('refuses sequences that are closed or empty', async () => {
    const decoder = new Decoder(model)
    const sequence = decoder.open()
    await expect(decoder.generate([{ sequence, seed: 0, maxNewTokens: 1 }], SAMPLING)).rejects.toThrow(/holds no tokens/)
    decoder.close(sequence)
    expect(() => decoder.length(sequence)).toThrow(/is not open/)
  })
})
