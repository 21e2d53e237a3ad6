/**
 * Shows that drawing is what makes the tiny model learn: the same questions, once with teacher paths that draw, once with
 * their bare answers, from the same base for the same number of samples.
 *
 *     node scripts/pocket/learnability.ts [--base resources/pocket] [--mode draw|answer|both] [--steps 1000] [--seed 1]
 *         [--reflective 0.12] [--held-out 128] [--threads 2] [--rate 1.5e-3] [--keep FOLDER]
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { TaskScore } from '#shared/domain/evaluation.ts'
import { Policy } from '#main/model/policy.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { learningRateAt } from '#main/train/schedule.ts'
import { Trainer } from '#main/train/step.ts'
import { BatchStream } from './batchStream.ts'
import { encodeTurns } from './encode.ts'
import { episodeOptions, heldOutScores } from './heldOut.ts'
import type { Mix } from './teacherPaths.ts'
import { answerTurns, mixedItem, teacherKind, teacherTurns } from './teacherPaths.ts'

const BATCH = 16
const MIX: Mix = { maze: 0.4, count: 0.25, relation: 0.35 }

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'resources/pocket' },
    mode: { type: 'string', default: 'both' },
    steps: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    reflective: { type: 'string', default: '0.12' },
    'held-out': { type: 'string', default: '128' },
    threads: { type: 'string', default: '2' },
    rate: { type: 'string', default: '1.5e-3' },
    keep: { type: 'string' }
  }
})
const seed = Number(values.seed)
const steps = Number(values.steps)

for (const mode of ['draw', 'answer'] as const) {
  if (values.mode !== mode && values.mode !== 'both') continue
  const started = performance.now()
  const policy = await Policy.open(values.base, { threads: Number(values.threads) })
  const options = episodeOptions(policy, mode === 'draw' ? 'pocket' : 'answer')
  const trainer = new Trainer(policy, { trainable: 'all', objective: { kind: 'sft' } })
  const stream = new BatchStream((index) => sampleAt(policy, mode, index), { size: BATCH, seed })
  console.log(`${mode}: ${steps} steps of ${BATCH}, before: ${describe(await heldOutScores(policy, options, Number(values['held-out'])))}`)
  let training = 0
  for (let step = 0; step < steps; step++) {
    const begun = performance.now()
    const learningRate = learningRateAt(step, steps, { learningRate: Number(values.rate), warmupRatio: 0.05, minLearningRateRatio: 0.02 })
    const { loss } = await trainer.step(stream.at(step), { learningRate })
    training += performance.now() - begun
    if ((step + 1) % 25 === 0) console.log(`  step ${step + 1}  loss ${loss.toFixed(4)}  ${(training / 1000).toFixed(0)} s`)
    if ((step + 1) % Math.ceil(steps / 4) === 0 || step + 1 === steps) {
      console.log(`${mode} ${step + 1}: ${describe(await heldOutScores(policy, options, Number(values['held-out'])))}`)
    }
  }
  if (values.keep !== undefined) await policy.save(join(values.keep, mode))
  await policy.close()
  console.log(`${mode}: ${(training / 60_000).toFixed(1)} min of training, ${((performance.now() - started) / 60_000).toFixed(1)} min in all`)
}

function sampleAt(policy: Policy, mode: 'draw' | 'answer', index: number): TokenSample {
  const item = mixedItem(MIX, seed, index)
  const { tokenizer, processor } = policy
  if (mode === 'answer') return encodeTurns(answerTurns(item, loadPromptPreset('answer')), { tokenizer, processor })
  const kind = teacherKind(Number(values.reflective), seed, index)
  return encodeTurns(teacherTurns(item, kind, index, episodeOptions(policy, 'pocket')), { tokenizer, processor })
}

function describe(scores: readonly TaskScore[]): string {
  return scores.map(({ task, accuracy, grounding, format, reflectionRate }) => {
    const share = (value: number | null) => (value === null ? '-' : value.toFixed(3))
    return `${task} ${share(accuracy)} (shapes ${share(grounding)}, format ${share(format)}, reflective ${share(reflectionRate)})`
  }).join('; ')
}
