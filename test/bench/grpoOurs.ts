/**
 * Our side of grpoStep.ts. `start`: teaches a model to write maze paths, saves it to FOLDER/started and the questions of every step for
 * the peer. `steps`: takes GRPO steps with it and prints the numbers of each as JSON.
 * Run: node test/bench/grpoOurs.ts start|steps FOLDER MODEL THREADS COUNT
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ColdStartConfig, GrpoConfig } from '#shared/domain/trainingRun.ts'
import { encodePng } from '#main/image/codec.ts'
import { renderQuestion } from '#main/rollout/prompt.ts'
import { itemsOfStep } from '#main/train/seeds.ts'
import { coldStart } from '#main/train/stages/coldStart.ts'
import { grpo } from '#main/train/stages/grpo.ts'
import { GrpoProject } from './grpoProject.ts'

const [task, folder = '', model = '', threads = '2', count = '1'] = process.argv.slice(2)
const MAZES = 640
const GRPO = { stage: 'grpo', config: GrpoConfig.parse({ steps: Number(count), promptsPerStep: 8, groupSize: 8, learningRate: 1e-4, warmupRatio: 0, trainVision: false, weightDecay: 0 }) } as const

const project = await GrpoProject.open(folder, model, Number(threads), MAZES)

async function writeQuestions(steps: number): Promise<void> {
  const { bench, lines } = project
  await mkdir(join(folder, 'questions'), { recursive: true })
  const all = []
  for (let step = 0; step < steps; step++) {
    const questions = []
    for (const index of itemsOfStep(lines.length, GRPO.config.promptsPerStep, step, 1)) {
      const { item } = lines[index] as (typeof lines)[number]
      const raw = await bench.pictures.raw(item.images[0] as (typeof item.images)[number])
      const image = join(folder, 'questions', `${item.id}.png`)
      await writeFile(image, await encodePng(raw))
      questions.push({ text: renderQuestion(item, [raw], bench.preset), answer: item.answer, image })
    }
    all.push(questions)
  }
  await writeFile(join(folder, 'questions.json'), JSON.stringify(all))
}

if (task === 'start') {
  const config = ColdStartConfig.parse({ learningRate: 1.5e-3, warmupRatio: 0.05, batchSize: 16, epochs: (16 * Number(count)) / MAZES, trainVision: true, weightDecay: 0.01 })
  const context = project.context('coldStart', { stage: 'coldStart', config }, (step, _seconds, { loss }) => {
    if (step % 20 === 0) console.error(`cold start, step ${step}: loss ${loss?.toFixed(4)}`)
  })
  await coldStart(context, config)
  await rm(join(folder, 'started'), { recursive: true, force: true })
  await project.bench.policy.save(join(folder, 'started'))
  await writeQuestions(16)
} else {
  const context = project.context(`grpo${process.pid}`, GRPO, (_step, seconds, values) => { console.log(JSON.stringify({ seconds, ...values })) })
  await grpo(context, GRPO.config)
  console.error(`peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`)
}
await project.bench.policy.close()
