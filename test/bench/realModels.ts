/**
 * Qwen2-VL-2B and Qwen2.5-VL-3B at their real shapes with random float16 weights: reading a prompt with a picture, writing 1, 8 and 32 replies at
 * once, a LoRA step on a sequence and a GRPO step on a group (both block by block), next to PyTorch, transformers and peft on the same
 * device where `--python` names them, and next to the device's own rate of products. With `--blocks` single blocks next to the memory plan.
 * `--layers` cuts both stacks short for machines that cannot hold a whole model; each part runs in a process of its own.
 * Run: node test/bench/realModels.ts [--models 2b,3b] [--device cpu|webgpu] [--layers 0] [--tokens 1024] [--new 64] [--batches 1,8,32] [--group 8]
 *   [--parts product,generate,sft,grpo] [--quantized] [--blocks] [--python PYTHON] [--threads 2] [--repeats 3]
 */
import { execFile, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { DeviceName } from '#shared/domain/device.ts'
import { decoderBackwardBytes, visionBackwardBytes, visionForwardBytes } from '#main/model/blockwise/blockMemory.ts'
import { loraFlops } from './flops.ts'
import { median } from './median.ts'
import { writeRandomWeights } from './randomCheckpoint.ts'
import { type BlockTask, blockTensor, measureBlock, REAL_MODELS, type RealModel, realConfig } from './realBlock.ts'
import { cutShort, type RealPart, type RealRow, type RealTask } from './realParts.ts'

const { values } = parseArgs({ options: {
  models: { type: 'string', default: '2b,3b' }, device: { type: 'string', default: 'cpu' }, layers: { type: 'string', default: '0' }, tokens: { type: 'string', default: '1024' },
  new: { type: 'string', default: '64' }, batches: { type: 'string', default: '1,8,32' }, group: { type: 'string', default: '8' }, parts: { type: 'string', default: 'product,generate,sft,grpo' },
  quantized: { type: 'boolean', default: false }, blocks: { type: 'boolean', default: false }, python: { type: 'string' }, threads: { type: 'string', default: '2' }, repeats: { type: 'string', default: '3' }
} })
const device = values.device as DeviceName
const [threads, repeats] = [Number(values.threads), Number(values.repeats)]
const MEBI = 2 ** 20

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, on ${device}; load average ${loadavg().map((load) => load.toFixed(2)).join(' ')}`)
for (const model of values.models.split(',') as RealModel[]) {
  if (!(model in REAL_MODELS)) throw new RangeError(`no model ${model}; choose from ${Object.keys(REAL_MODELS).join(', ')}`)
  const folder = await mkdtemp(join(tmpdir(), 'sightline-real-'))
  try {
    await (values.blocks ? compareBlocks(model, folder) : compareModel(model, folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function compareModel(model: RealModel, folder: string): Promise<void> {
  const layers = Number(values.layers)
  const config = cutShort(await realConfig(model), layers)
  await writeRandomWeights(join(folder, 'model.safetensors'), config, { quantized: values.quantized })
  const task: Omit<RealTask, 'part'> = {
    folder, model, layers, device, threads, repeats, tokens: Number(values.tokens), written: Number(values.new), batches: values.batches.split(',').map(Number), group: Number(values.group), rank: 16
  }
  console.log(`\n| ${REAL_MODELS[model]}${layers > 0 ? `, ${layers} layers` : ''}${values.quantized ? ', 4 bits' : ''} | ours: seconds | tokens/s | of products | phases | memory, MiB (device) | peer: seconds | tokens/s | memory, MiB |`)
  console.log('|---|---|---|---|---|---|---|---|---|')
  let rate = Number.NaN
  for (const part of values.parts.split(',') as RealPart[]) {
    const ours = await measured({ ...task, part })
    const peer = values.python === undefined ? [] : await peerRows(values.python, { ...task, part })
    for (const row of ours) {
      const other = peer.find(({ name }) => name === row.name)
      if (part === 'product') rate = (2 * 2048 ** 3) / median(row.seconds)
      const share = part === 'sft' ? loraFlops(config, row.tokens) / median(row.seconds) / rate : Number.NaN
      console.log(`| ${[row.name, timeOf(row), speedOf(row), Number.isNaN(share) ? '' : share.toFixed(2), phasesOf(row), `${memoryOf(row)} (${((row.deviceBytes ?? 0) / MEBI).toFixed(0)})`,
        ...(other ? [timeOf(other), speedOf(other), memoryOf(other)] : ['', '', ''])].join(' | ')} |`)
    }
  }
}

function measured(task: RealTask): Promise<RealRow[]> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'realParts.ts'), [JSON.stringify(task)])
    child.once('message', (rows) => resolve(rows as RealRow[]))
    child.once('exit', (code) => reject(new Error(`${task.part} ended with ${code}`)))
  })
}

async function peerRows(python: string, task: RealTask): Promise<RealRow[]> {
  const config = join(import.meta.dirname, '../fixtures/configs', `${REAL_MODELS[task.model]}.json`)
  const { stdout } = await promisify(execFile)(python, ['scripts/reference/real_models.py', JSON.stringify({ ...task, config })], { maxBuffer: 2 ** 24 })
  return JSON.parse(stdout) as RealRow[]
}

/** Single blocks in processes of their own, next to what the memory plan says of them. */
async function compareBlocks(model: RealModel, folder: string): Promise<void> {
  const { text, vision } = await realConfig(model)
  const rows = Number(values.tokens)
  const stored = values.quantized ? 0.578 : 2
  const pixels = Math.min(rows, 1024)
  await writeRandomWeights(join(folder, 'model.safetensors'), await realConfig(model), { quantized: values.quantized, wanted: blockTensor })
  const cases: readonly [Pick<BlockTask, 'part' | 'direction' | 'rows'>, number][] = [
    [{ part: 'decoder', direction: 'forward', rows }, Number.NaN],
    [{ part: 'decoder', direction: 'backward', rows }, decoderBackwardBytes(text, stored, 1, rows, device === 'webgpu')],
    [{ part: 'vision', direction: 'forward', rows: pixels }, visionForwardBytes(vision, 1, pixels)],
    [{ part: 'vision', direction: 'backward', rows: pixels }, visionBackwardBytes(vision, 1, pixels)]
  ]
  console.log(`\n| block of ${REAL_MODELS[model]}${values.quantized ? ' in 4 bits' : ''} | rows | seconds | memory added, MiB | planned, MiB |`)
  console.log('|---|---|---|---|---|')
  for (const [task, planned] of cases) {
    const { seconds, idleBytes, peakBytes } = await measureBlock({ folder, model, ...task, rank: 16, threads, device, warm: 1, repeats })
    console.log(`| ${task.part}, ${task.direction} | ${task.rows} | ${timeOf({ seconds })} | ${((peakBytes - idleBytes) / MEBI).toFixed(0)} | ${Number.isNaN(planned) ? '' : (planned / MEBI).toFixed(0)} |`)
  }
}

function timeOf({ seconds }: Pick<RealRow, 'seconds'>): string {
  const digits = median(seconds) < 1 ? 3 : 2
  return `${median(seconds).toFixed(digits)} (${Math.min(...seconds).toFixed(digits)} to ${Math.max(...seconds).toFixed(digits)})`
}

function speedOf({ tokens, seconds }: RealRow): string {
  return tokens === 0 ? '' : (tokens / median(seconds)).toFixed(1)
}

function phasesOf({ phases }: RealRow): string {
  return Object.entries(phases ?? {}).map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`).join(', ')
}

function memoryOf({ peakBytes }: RealRow): string {
  return (peakBytes / MEBI).toFixed(0)
}
