/**
 * Writes the trained base as a Hugging Face folder and says how good it is:
 *
 *     node scripts/pocket/release.ts [--work out/pocket] [--into resources/pocket] [--questions 400]
 */
import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Policy } from '#main/model/policy.ts'
import { writeCheckpointFolder } from '#main/model/writeCheckpointFolder.ts'
import { PolicyTurns } from '#main/rollout/policyTurns.ts'
import { pocketGeneration } from './architecture.ts'
import type { GroundingAccuracy } from './grounding.ts'
import { measureGrounding } from './grounding.ts'
import { baseTrainer, floatWeights, freshPocketModel, pocketDraw } from './pocketModel.ts'
import type { Progress } from './progress.ts'

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: 'out/pocket' },
    into: { type: 'string', default: 'resources/pocket' },
    questions: { type: 'string', default: '400' }
  }
})

const progress = JSON.parse(await readFile(join(values.work, 'progress.json'), 'utf8')) as Progress
const { model, encoder } = freshPocketModel(progress.seed, 2)
await baseTrainer(model).loadState(join(values.work, progress.state))
const { hash, overflow } = await writeCheckpointFolder(values.into, {
  config: model.config,
  ...encoder,
  tensors: floatWeights(model),
  dtype: 'F16',
  generation: pocketGeneration(encoder.tokenizer.special),
  metadata: { format: 'pt', seed: String(progress.seed), steps: String(progress.done) }
})
console.log(`wrote ${values.into}, model.safetensors ${hash}, out of float16 range: ${JSON.stringify(overflow)}`)
const policy = await Policy.open(values.into, { threads: 2 })
const accuracy = await measureGrounding(new PolicyTurns(policy), Number(values.questions), pocketDraw())
console.table(accuracy)
await writeFile(join(values.into, 'MODEL_CARD.md'), modelCard(progress, accuracy, hash))

function modelCard({ seed, done, seconds }: Progress, found: GroundingAccuracy, weightsHash: string): string {
  const rows = Object.entries(found).map(([kind, { right, asked }]) => `| ${kind} | ${right} | ${asked} | ${(right / asked).toFixed(3)} |`)
  return `# pocket: the base of the tiny model

Qwen2.5-VL in miniature: decoder 4 layers of width 128, vision tower 2 blocks of width 96, one token per digit. Float16, SHA-256
of model.safetensors \`${weightsHash}\`. Trained from fresh weights by Sightline's own engine on made pictures of 112 pixels:
what is where, boxes and points of things, ends of drawn lines, look-up and small sums in text. It has seen no maze, relation or
count question with its answer and no drawing turn: those are what the stages teach.

- Made by \`node scripts/pocket/train.ts --seed ${seed} --steps ${done}\`, then \`node scripts/pocket/release.ts\`.
- Steps ${done}, 16 dialogues each; ${Math.round(seconds / 60)} minutes of training on ${cpus().length} cores shared with other work.
- Licence Apache-2.0, as the program. It knows only such pictures: it is for learning and tests, not for use.

Greedy answers to held-out questions (a box counts at IoU > 0.5, a point within half a cell, the rest word for word):

| asked for | right | asked | share |
|---|---|---|---|
${rows.join('\n')}
`
}
