/**
 * One GRPO step on the tiny model, 8 questions x 8 rollouts of several turns, next to the same step as a plain PyTorch and transformers
 * loop (scripts/reference/grpo_step.py); each side takes a step to warm up and then as many as asked for, alternating by rounds, in
 * processes of their own. A model that writes maze paths is made first by a cold start; with --folder it is kept for the next run.
 * Run: node test/bench/grpoStep.ts [--python python3] [--model resources/pocket] [--threads 2] [--rounds 3] [--steps 3] [--coldStart 60] [--folder FOLDER]
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { StepValues } from './grpoProject.ts'
import { median } from './median.ts'

const { values } = parseArgs({ options: {
  python: { type: 'string', default: 'python3' }, model: { type: 'string', default: 'resources/pocket' }, threads: { type: 'string', default: '2' },
  rounds: { type: 'string', default: '3' }, steps: { type: 'string', default: '3' }, coldStart: { type: 'string', default: '60' }, folder: { type: 'string' }
} })
const [rounds, steps] = [Number(values.rounds), Number(values.steps)]

/** The JSON lines of a process that has to end well. */
async function linesOf(command: string, args: readonly string[]): Promise<StepValues[]> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const found: StepValues[] = []
  for await (const line of createInterface({ input: child.stdout })) found.push(JSON.parse(line) as StepValues)
  const code = await ended
  if (code !== 0) throw new RangeError(`${command} ${args[0]} ended with ${code}`)
  return found
}

const exists = async (path: string): Promise<boolean> => await stat(path).then(() => true, () => false)

const folder = values.folder ?? await mkdtemp(join(tmpdir(), 'sightline-grpo-'))
const ours = async (task: string, model: string, count: number): Promise<StepValues[]> =>
  await linesOf(process.execPath, ['test/bench/grpoOurs.ts', task, folder, model, values.threads, String(count)])
const peer = async (count: number): Promise<StepValues[]> => await linesOf(values.python, ['scripts/reference/grpo_step.py', folder, values.threads, String(count)])

const PHASES = ['seconds', 'secondsRollout', 'secondsScore', 'secondsData', 'secondsOldLogProb', 'secondsUpdate'] as const
const COUNTS = ['sampledTokens', 'usedPaths'] as const

function row(name: string, sides: readonly StepValues[][]): string {
  const [a, b] = sides.map((side) => median(side.map((step) => step[name] ?? Number.NaN)))
  const shown = [a, b].map((value) => (value === undefined || Number.isNaN(value) ? '' : value.toFixed(name.startsWith('seconds') ? 2 : 0)))
  const ratio = name.startsWith('seconds') && a && b ? `${(b / a).toFixed(1)} x` : ''
  return `| ${name} | ${shown.join(' | ')} | ${ratio} |`
}

try {
  if (!await exists(join(folder, 'questions.json'))) await ours('start', values.model, Number(values.coldStart))
  const sides: [StepValues[], StepValues[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    sides[0].push(...(await ours('steps', join(folder, 'started'), steps + 1)).slice(1))
    sides[1].push(...(await peer(steps + 1)).slice(1))
  }
  console.log('| GRPO step, 8 questions x 8 rollouts | ours | PyTorch | ratio |\n|---|---|---|---|')
  for (const name of [...PHASES, ...COUNTS]) console.log(row(name, sides))
  // The sides draw their own paths: these compare equal work.
  for (const [label, count, seconds] of [['sampled tokens/s of the rollout', 'sampledTokens', 'secondsRollout'], ['learnt paths/s of the update', 'usedPaths', 'secondsUpdate']] as const) {
    const [a, b] = sides.map((side) => median(side.map((step) => (step[count] ?? Number.NaN) / (step[seconds] ?? Number.NaN)))) as [number, number]
    console.log(`| ${label} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${(a / b).toFixed(1)} x |`)
  }
} finally {
  if (values.folder === undefined) await rm(folder, { recursive: true })
}
