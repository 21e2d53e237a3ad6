import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { Graph } from '#main/onnx/graph.ts'
import { Decoder } from '#main/model/decoder.ts'
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
    const first = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, random: Random.seeded(i), maxNewTokens: 4 + i })), SAMPLING)
    await decoder.extend(open.map(({ sequence }) => ({ sequence, ids: more, images: [observation] })))
    const second = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, random: Random.seeded(9 + i), maxNewTokens: 3 })), SAMPLING)
    for (const [i, prompt] of prompts.entries()) {
      const ids = Int32Array.from([...prompt.ids, ...(first[i]?.ids ?? []), ...more, ...(second[i]?.ids ?? [])])
      const full = await fullLogits({ ids, images: [...prompt.images, observation], loss: prompt.loss })
      expect(decoder.length(open[i]?.sequence ?? -1)).toBe(ids.length)
      const last = full[ids.length - 2] as Float32Array
      const cached = decoder.logits(open[i]?.sequence ?? -1) as Float32Array
      expect(worst(last, cached)).toBeLessThan(2e-5)
    }
  })

  it('returns the log-probabilities the training graph recomputes', async () => {
    const decoder = new Decoder(model)
    const open = prompts.map((prompt) => ({ ...prompt, sequence: decoder.open() }))
    await decoder.extend(open)
    const written = await decoder.generate(open.map(({ sequence }, i) => ({ sequence, random: Random.seeded(i), maxNewTokens: 70 })), { ...SAMPLING, stopIds: new Set() })
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

  it('draws the same tokens whatever else is in the batch, and after a fork', async () => {
    const decoder = new Decoder(model)
    const alone = decoder.open()
    const prompt = prompts[0] as TokenSample
    await decoder.extend([{ sequence: alone, ...prompt }])
    const forks = [decoder.fork(alone), decoder.fork(alone), decoder.fork(alone)]
    const requests = (sequences: number[]): { sequence: number; random: Random; maxNewTokens: number }[] =>
      sequences.map((sequence, i) => ({ sequence, random: Random.seeded(i + 1), maxNewTokens: 20 * (i + 1) }))
    const together = await decoder.generate(requests(forks), SAMPLING)
    const [single] = await decoder.generate(requests([alone]), SAMPLING)
    expect(together[0]?.ids).toEqual(single?.ids)
    expect(new Set(together.map(({ ids }) => ids.join())).size).toBe(3)
    for (const { ids, ending } of together) {
      expect(ids.some((id) => SAMPLING.bannedIds.has(id))).toBe(false)
      expect(ending).toBe(ids.at(-1) === 5 ? 'stop' : 'length')
    }
  })

  it('goes on after a length ending without a new prompt, as if it had not stopped', async () => {
    const decoder = new Decoder(model)
    const [a, b] = [decoder.open(), decoder.open()]
    const prompt = prompts[2] as TokenSample
    await decoder.extend([a, b].map((sequence) => ({ sequence, ...prompt })))
    const rule = { ...SAMPLING, temperature: 0, stopIds: new Set<number>() }
    const [whole] = await decoder.generate([{ sequence: a, random, maxNewTokens: 9 }], rule)
    const [start] = await decoder.generate([{ sequence: b, random, maxNewTokens: 4 }], rule)
    const [rest] = await decoder.generate([{ sequence: b, random, maxNewTokens: 5 }], rule)
    expect([...(start?.ids ?? []), ...(rest?.ids ?? [])]).toEqual(whole?.ids)
  })

  it('refuses sequences that are closed or empty', async () => {
    const decoder = new Decoder(model)
    const sequence = decoder.open()
    await expect(decoder.generate([{ sequence, random, maxNewTokens: 1 }], SAMPLING)).rejects.toThrow(/holds no tokens/)
    decoder.close(sequence)
    expect(() => decoder.length(sequence)).toThrow(/is not open/)
  })
})
