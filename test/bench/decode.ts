/** Times cached generation of a pocket-size model. Run: node test/bench/decode.ts [new tokens] [prompt tokens] */
import { Random } from '#shared/domain/random.ts'
import { Decoder } from '#main/model/decoder.ts'
import { randomImage, randomSample, tinyModel } from '../model/tiny.ts'
import { POCKET } from './pocket.ts'

const [tokens, prompt] = [128, 160].map((fallback, i) => Number(process.argv[2 + i] ?? fallback)) as [number, number]
const model = tinyModel(POCKET, 1, { threads: 2 })
for (const count of [1, 8, 64]) {
  const random = Random.seeded(count)
  const decoder = new Decoder(model)
  const requests = Array.from({ length: count }, (_, i) => {
    const { ids, images } = randomSample(random, [randomImage(random, 4, 4, POCKET)], 20, prompt - 39, 1, POCKET)
    return { sequence: decoder.open(), ids, images, seed: i, maxNewTokens: tokens }
  })
  const began = performance.now()
  await decoder.extend(requests)
  const read = performance.now()
  const written = await decoder.generate(requests, { temperature: 1, topK: 0, topP: 1, bannedIds: new Set([1, 2]), stopIds: new Set() })
  const seconds = (performance.now() - read) / 1000
  const drawn = written.reduce((sum, { ids }) => sum + ids.length, 0)
  console.log(`batch ${count}: prefill ${(read - began).toFixed(0)} ms, ${(drawn / seconds).toFixed(0)} tokens/s`)
}
await model.close()
