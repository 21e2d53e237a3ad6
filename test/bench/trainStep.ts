/** Times an SFT step of a pocket-size model. Run: node test/bench/trainStep.ts [batch] [tokens] [images] */
import { Random } from '#shared/domain/random.ts'
import { Trainer } from '#main/train/step.ts'
import { randomImage, randomSample, tinyModel } from '../model/tiny.ts'
import { POCKET } from './pocket.ts'

const [batch, tokens, images] = [16, 320, 3].map((fallback, i) => Number(process.argv[2 + i] ?? fallback)) as [number, number, number]
const random = Random.seeded(1)
const model = tinyModel(POCKET, 1, { threads: 2 })
const samples = Array.from({ length: batch }, () => {
  const pictures = Array.from({ length: images }, () => randomImage(random, 4, 4, POCKET))
  return randomSample(random, pictures, 20, tokens - 20 - 19 * images, Math.round(tokens / 2), POCKET)
})
const trainer = new Trainer(model, { trainable: 'all', objective: { kind: 'sft' } })
const times: number[] = []
let last = ''
for (let i = 0; i < 12; i++) {
  const began = performance.now()
  const result = await trainer.step(samples, { learningRate: 1e-3 })
  times.push(performance.now() - began)
  last = `loss ${result.loss.toFixed(4)} norm ${result.gradNorm.toFixed(3)}`
}
const sorted = times.slice(2).sort((a, b) => a - b)
const memory = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(`first ${times[0]?.toFixed(0)} ms, median ${sorted[5]?.toFixed(0)} ms, min ${sorted[0]?.toFixed(0)} ms; ${last}; rss ${memory} MB`)
