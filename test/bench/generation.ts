/**
 * Times cached generation of a pocket-size model, a run a token against loops in the graph; medians of three, alternating.
 * Run: node test/bench/generation.ts [new tokens] [prompt tokens] [batches, comma-separated] [tokens a run, comma-separated]
 */
import { Random } from '#shared/domain/random.ts'
import { Decoder } from '#main/model/decoder.ts'
import { randomImage, randomSample, tinyModel } from '../model/tiny.ts'
import { median } from './median.ts'
import { POCKET } from './pocket.ts'

const [tokens, prompt] = [128, 160].map((fallback, i) => Number(process.argv[2 + i] ?? fallback)) as [number, number]
const [batches, runs] = ['1,8,64', '1,8,16,32'].map((fallback, i) => (process.argv[4 + i] ?? fallback).split(',').map(Number)) as [number[], number[]]
const RULE = { temperature: 1, topK: 0, topP: 1, bannedIds: new Set([1, 2]), stopIds: new Set<number>() }
const model = tinyModel(POCKET, 1, { threads: 2 })

/** Tokens a second after the prompt, and the ids written. */
async function timed(count: number, tokensPerRun: number): Promise<{ rate: number; ids: string }> {
  const random = Random.seeded(count)
  const decoder = new Decoder(model, { tokensPerRun })
  const requests = Array.from({ length: count }, (_, i) => {
    const { ids, images } = randomSample(random, [randomImage(random, 4, 4, POCKET)], 20, prompt - 39, 1, POCKET)
    return { sequence: decoder.open(), ids, images, seed: i, maxNewTokens: tokens }
  })
  await decoder.extend(requests)
  const began = performance.now()
  const written = await decoder.generate(requests, RULE)
  return { rate: (1000 * count * tokens) / (performance.now() - began), ids: JSON.stringify(written.map(({ ids }) => ids)) }
}

for (const count of batches) {
  for (const tokensPerRun of runs) await timed(count, tokensPerRun)
  const found = new Map(runs.map((tokensPerRun) => [tokensPerRun, [] as { rate: number; ids: string }[]]))
  for (let repeat = 0; repeat < 3; repeat++) for (const [tokensPerRun, results] of found) results.push(await timed(count, tokensPerRun))
  const same = new Set([...found.values()].flat().map(({ ids }) => ids)).size === 1
  const rates = [...found].map(([tokensPerRun, results]) => `${tokensPerRun} a run: ${median(results.map(({ rate }) => rate)).toFixed(0)}`)
  console.log(`batch ${count}, tokens/s: ${rates.join(', ')}; ${same ? 'the same tokens' : 'DIFFERENT TOKENS'}`)
}
await model.close()
