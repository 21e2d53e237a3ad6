/**
 * Ours against PyTorch and transformers on the same weights, inputs, threads and machine, alternating in one run; medians and ratios as
 * the tables of docs/BENCHMARKS.md. Needs Python with scripts/reference/requirements.txt.
 * Run: node test/bench/compare.ts [--python python3] [--model resources/pocket] [--threads 2] [--repeats 5] [--tokens 128] [--batches 1,8,64]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { openCheckpointFolder } from '#main/model/checkpointFolder.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import { stepFlops } from './flops.ts'
import { type InputSizes, writeInputs } from './inputs.ts'
import { median } from './median.ts'
import type { BenchAnswer, BenchChoice, BenchRequest } from './protocol.ts'

const { values } = parseArgs({ options: {
  python: { type: 'string', default: 'python3' }, model: { type: 'string', default: 'resources/pocket' }, threads: { type: 'string', default: '2' },
  repeats: { type: 'string', default: '5' }, tokens: { type: 'string', default: '128' }, batches: { type: 'string', default: '1,8,64' }
} })
const [threads, repeats, tokens] = [values.threads, values.repeats, values.tokens].map(Number) as [number, number, number]

const CHOICES: readonly BenchChoice[] = ['greedy', 'sampled', 'top-k 50, top-p 0.9']

/** A bench process: requests in, answers out, one at a time. */
class Side {
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>

  constructor(command: string, args: readonly string[]) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (!this.#process.stdout) throw new RangeError(`${command} has no output`)
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask(request: BenchRequest): Promise<BenchAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#answers.next()
    if (done === true) throw new RangeError(`the bench process ended at ${request.do}`)
    return JSON.parse(value) as BenchAnswer
  }

  close(): void {
    this.#process.stdin?.end()
  }
}

/** Two fresh processes with the model open. */
async function bothSides(): Promise<readonly [Side, Side]> {
  const sides = [new Side(process.execPath, ['test/bench/ours.ts']), new Side(values.python, ['scripts/reference/bench_peer.py'])] as const
  for (const side of sides) await side.ask({ do: 'open', folder: values.model, threads })
  return sides
}

/** The answers of both to the same request: one round to warm up, then `repeats` alternating ones. */
async function alternate([ours, peer]: readonly [Side, Side], request: BenchRequest): Promise<[BenchAnswer[], BenchAnswer[]]> {
  const found: [BenchAnswer[], BenchAnswer[]] = [[], []]
  for (let round = 0; round <= repeats; round++) {
    const answers = [await ours.ask(request), await peer.ask(request)] as const
    if (round > 0) answers.forEach((answer, side) => found[side]?.push(answer))
  }
  return found
}

const seconds = (answers: readonly BenchAnswer[]): number => median(answers.map((answer) => answer.seconds))
const peak = (answers: readonly BenchAnswer[]): string => `${Math.max(...answers.map(({ peakMiB }) => peakMiB)).toFixed(0)}`

async function compareSteps(folder: string, config: VisionLanguageConfig): Promise<void> {
  const sizes: InputSizes = { batch: 16, tokens: 320, images: 3, targets: 160 }
  const inputs = join(folder, 'train.safetensors')
  await writeInputs(inputs, sizes, config)
  const sides = await bothSides()
  const products = (await alternate(sides, { do: 'sgemm', size: 1024, repeats: 3 })).map((answers) => (2 * 1024 ** 3) / seconds(answers) / 1e9)
  const answers = await alternate(sides, { do: 'train', inputs, learningRate: 1e-4 })
  const [a, b] = answers.map(seconds) as [number, number]
  const work = stepFlops(config, sizes) / 1e9
  console.log('\n| training step, 16 x 320 tokens, 3 pictures each | ours | PyTorch | ratio |\n|---|---|---|---|')
  console.log(`| seconds | ${a.toFixed(3)} | ${b.toFixed(3)} | ${(b / a).toFixed(2)} x |`)
  console.log(`| SGEMM 1024, GF/s | ${products.map((rate) => rate.toFixed(0)).join(' | ')} | |`)
  console.log(`| step (${work.toFixed(0)} GF), GF/s over SGEMM | ${[a, b].map((time, i) => `${(work / time).toFixed(0)} (${(work / time / (products[i] ?? 1)).toFixed(2)})`).join(' | ')} | |`)
  console.log(`| loss, first and last measured step | ${answers.map((side) => `${side[0]?.loss?.toFixed(4)}, ${side.at(-1)?.loss?.toFixed(4)}`).join(' | ')} | |`)
  console.log(`| peak memory, MiB | ${answers.map(peak).join(' | ')} | |`)
  for (const side of sides) side.close()
}

async function compareGeneration(folder: string, config: VisionLanguageConfig): Promise<void> {
  console.log(`\n| generation, ${tokens} tokens after 160 with one picture | ours, tokens/s | transformers, tokens/s | ratio | same greedy rows | peak memory, MiB |\n|---|---|---|---|---|---|`)
  const sides = await bothSides()
  for (const batch of values.batches.split(',').map(Number)) {
    const inputs = join(folder, `generate${batch}.safetensors`)
    await writeInputs(inputs, { batch, tokens: 160, images: 1, targets: 1 }, config)
    for (const choice of CHOICES) {
      const answers = await alternate(sides, { do: 'generate', inputs, tokens, choice })
      const [mine, theirs] = answers.map((side) => side[0]?.ids ?? [])
      const same = (mine ?? []).filter((row, b) => row.join() === theirs?.[b]?.join()).length
      const [a, b] = answers.map((side) => (batch * tokens) / seconds(side)) as [number, number]
      const agreed = choice === 'greedy' ? `${same} of ${batch}` : ''
      console.log(`| batch ${batch}, ${choice} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(a / b).toFixed(1)} x | ${agreed} | ${answers.map(peak).join(' / ')} |`)
    }
  }
  for (const side of sides) side.close()
}

const folder = await mkdtemp(join(tmpdir(), 'sightline-bench-'))
try {
  const { config, tensors } = await openCheckpointFolder(values.model)
  await tensors.close()
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, ${values.model}, medians of ${repeats} alternating runs`)
  await compareSteps(folder, config)
  await compareGeneration(folder, config)
} finally {
  await rm(folder, { recursive: true })
}
