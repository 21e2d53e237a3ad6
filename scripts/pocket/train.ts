/**
 * Trains the base of the tiny model with the program's own engine:
 *
 *     node scripts/pocket/train.ts [--seed 1] [--steps 3000] [--threads 2] [--work out/pocket]
 *
 * Stopped at any time, the same command goes on from the last saved state to the same weights. `scripts/pocket/release.ts`
 * then measures them and writes resources/pocket.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { learningRateAt } from '#main/train/schedule.ts'
import type { Trainer } from '#main/train/step.ts'
import { BatchStream } from './batchStream.ts'
import { encodeLesson } from './encode.ts'
import { lessonAt } from './lessons/mix.ts'
import { baseTrainer, freshPocketModel, pocketDraw } from './pocketModel.ts'
import type { Progress } from './progress.ts'

const BATCH = 16
const SAVE_EVERY = 50
const SCHEDULE = { learningRate: 1.5e-3, warmupRatio: 0.04, minLearningRateRatio: 0.02 }

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '3000' },
    threads: { type: 'string', default: '2' },
    work: { type: 'string', default: 'out/pocket' }
  }
})
const seed = Number(values.seed)
const steps = Number(values.steps)

const { model, encoder } = freshPocketModel(seed, Number(values.threads))
const trainer = baseTrainer(model)
const progress = await resume(trainer, values.work)
const draw = pocketDraw()
const stream = new BatchStream((index) => encodeLesson(lessonAt(seed, index, draw), encoder, index), { size: BATCH, seed })

for (let step = progress.done; step < steps; step++) {
  const started = performance.now()
  const learningRate = learningRateAt(step, steps, SCHEDULE)
  const { loss, gradNorm, tokens, skipped, logProbs } = await trainer.step(stream.at(step), { learningRate })
  // Every target weighs 1, so the rest of the loss is the auxiliary heads'.
  const textLoss = -logProbs.reduce((sum, values) => values.reduce((a, b) => a + b, sum), 0) / tokens
  progress.done = step + 1
  progress.seconds += (performance.now() - started) / 1000
  const line = { step: progress.done, loss: round(textLoss), auxiliary: round(loss - textLoss), gradNorm: round(gradNorm), tokens, skipped, seconds: round(progress.seconds) }
  await appendFile(join(values.work, 'train.jsonl'), `${JSON.stringify(line)}\n`)
  if (progress.done % 10 === 0) report(textLoss)
  if (progress.done % SAVE_EVERY === 0 || progress.done === steps) await save(trainer, values.work)
}

/** Picks up a run of the same seed and length, or begins one. */
async function resume(into: Trainer, folder: string): Promise<Progress> {
  await mkdir(folder, { recursive: true })
  const begun: Progress = { seed, steps, done: 0, seconds: 0, state: '' }
  const saved = await readFile(join(folder, 'progress.json'), 'utf8').then((text) => JSON.parse(text) as Progress, () => begun)
  if (saved.seed !== seed || saved.steps !== steps) {
    throw new RangeError(`${folder} holds a run of seed ${saved.seed} and ${saved.steps} steps: name another --work`)
  }
  if (saved.state !== '') await into.loadState(join(folder, saved.state))
  return saved
}

/** Two state folders take turns, so that a kill while saving leaves the other whole. */
async function save(from: Trainer, folder: string): Promise<void> {
  progress.state = progress.state === 'state-a' ? 'state-b' : 'state-a'
  await from.saveState(join(folder, progress.state))
  await writeFile(join(folder, 'progress.tmp'), JSON.stringify(progress))
  await rename(join(folder, 'progress.tmp'), join(folder, 'progress.json'))
}

function report(loss: number): void {
  const perStep = progress.seconds / progress.done
  const left = Math.round((steps - progress.done) * perStep)
  console.log(`step ${progress.done}/${steps}  loss ${loss.toFixed(4)}  ${perStep.toFixed(2)} s a step  ${Math.ceil(left / 60)} min left`)
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
