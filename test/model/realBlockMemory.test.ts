import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { decoderBackwardBytes, visionBackwardBytes, visionForwardBytes } from '#main/model/blockwise/blockMemory.ts'
import { type BlockTask, blockTensor, measureBlock, realConfig } from '../bench/realBlock.ts'
import { writeRandomWeights } from '../bench/randomCheckpoint.ts'

const folder = await mkdtemp(join(tmpdir(), 'sightline-real-block-'))
afterAll(() => rm(folder, { recursive: true }))

await writeRandomWeights(join(folder, 'model.safetensors'), await realConfig('2b'), { wanted: blockTensor })

/** Bytes a block of Qwen2-VL-2B takes in a process of its own, besides what the process held before. */
async function taken(task: Pick<BlockTask, 'part' | 'direction' | 'rows'>): Promise<number> {
  const { idleBytes, peakBytes } = await measureBlock({ folder, model: '2b', ...task, rank: 16, threads: 2, device: 'cpu', warm: 0, repeats: 1 })
  return peakBytes - idleBytes
}

/** Of the plan; an allocator's leftovers and a garbage collector's delay are not planned. */
const NEAR = 0.15

it('blocks of Qwen2-VL-2B at 4,096 tokens take what the plan says', async () => {
  const { text, vision } = await realConfig('2b')
  const cases = [
    { planned: decoderBackwardBytes(text, 2, 1, 4096), measured: await taken({ part: 'decoder', direction: 'backward', rows: 4096 }) },
    { planned: visionForwardBytes(vision, 1, 1024), measured: await taken({ part: 'vision', direction: 'forward', rows: 1024 }) },
    { planned: visionBackwardBytes(vision, 1, 1024), measured: await taken({ part: 'vision', direction: 'backward', rows: 1024 }) }
  ]
  for (const [i, { planned, measured }] of cases.entries()) {
    expect(measured / planned, `case ${i}: ${(measured / 1e6).toFixed(0)} MB of ${(planned / 1e6).toFixed(0)}`).toBeGreaterThan(1 - NEAR)
    expect(measured / planned, `case ${i}: ${(measured / 1e6).toFixed(0)} MB of ${(planned / 1e6).toFixed(0)}`).toBeLessThan(1 + NEAR)
  }
}, 300_000)
