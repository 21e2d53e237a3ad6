import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BlockInputs, Workload } from '#shared/domain/modelFacts.ts'
import { decoderBackwardBytes } from '#main/model/blockwise/blockMemory.ts'
import { readConfig, type VisionLanguageConfig } from '#main/model/config.ts'
import { adapterParameters, cacheBytesPerToken, countParameters, planMemory, textBlockFloats, visionBlockFloats } from '#main/model/memoryPlan.ts'

function released(name: string): VisionLanguageConfig {
  return readConfig(JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/configs', `${name}.json`), 'utf8')), {
    ids: { imagePad: 151655, videoPad: 151656, visionStart: 151652, visionEnd: 151653, eos: [151645], pad: 151643 }
  })
}

const small = released('qwen2_5_vl.released3b')
const older = released('qwen2_vl.released2b')

describe('the memory plan', () => {
  it('counts what the released models are said to have', () => {
    expect(countParameters(small).total / 1e9).toBeCloseTo(3.755, 2)
    expect(adapterParameters(small.text, 16) / 1e6).toBeCloseTo(29.9, 1)
    expect(adapterParameters(older.text, 16) / 1e6).toBeCloseTo(18.5, 1)
    expect(cacheBytesPerToken(small.text, 2)).toBe(36_864)
    expect(cacheBytesPerToken(older.text, 2)).toBe(28_672)
  })

  it('adds up a block by hand', () => {
    // Width 4, MLP 6, 2 heads of 2, 1 key head: 4*4 + 3*4 + 3*2 + 4*6 = 58 floats a token, and 2 x 3 x 3 probabilities a sequence.
    const tiny = { ...small.text, hiddenSize: 4, intermediateSize: 6, heads: 2, kvHeads: 1, headDim: 2 }
    expect(textBlockFloats(tiny, 5, 3)).toBe(5 * 3 * 58 + 5 * 2 * 9)
    // Width 16, MLP 24, 2 heads: 9*16 + 4*24 = 240 floats a patch and 2 x segment probabilities; a 28 px window holds 4 patches.
    const tower = { ...small.vision, width: 16, intermediateSize: 24, heads: 2, windowSize: 28, patchSize: 14 }
    expect(visionBlockFloats(tower, 2, 16, true)).toBe(2 * 16 * (240 + 2 * 16))
    expect(visionBlockFloats(tower, 2, 16, false)).toBe(2 * 16 * (240 + 2 * 4))
  })

  it('needs least for rollouts and most for full training; the parts add up', () => {
    const stored = 2 * countParameters(small).total
    const load = Workload.parse({ batch: 1, tokens: 2048, images: 2 })
    const uses = ['blockwise', 'rollout', 'lora', 'full'] as const
    const plans = new Map(uses.map((use) => [use, planMemory(small, stored, use, load, 24e9)]))
    expect(uses.map((use) => plans.get(use)?.fits)).toEqual(['yes', 'yes', 'no', 'no'])
    const totals = uses.map((use) => plans.get(use)?.total ?? 0)
    expect(totals).toEqual([...totals].sort((a, b) => a - b))
    const [rollout, full] = [plans.get('rollout'), plans.get('full')]
    expect([rollout?.weights, full?.weights]).toEqual([2 * stored, 2 * stored])
    expect((full?.gradients ?? 0) + (full?.moments ?? 0)).toBe(6 * stored)
    expect(rollout?.cache).toBe(2048 * 2 * 36_864)
    for (const plan of plans.values()) expect(plan.total - plan.weights - plan.gradients - plan.moments - plan.activations - plan.cache).toBeCloseTo(400e6, -3)
  })

  it('counts a pass block by block by hand', () => {
    // 2,048 tokens of Qwen2-VL-2B: 28 inputs, and the head twice on its 21,845 rows of float16 with 1,024 targets.
    const load = Workload.parse({ batch: 64, tokens: 2048, images: 1, pixels: 784 })
    const stored = 2 * countParameters(older).total
    const { activations } = planMemory(older, stored, 'blockwise', load, 24e9)
    const inputs = 4 * 28 * 2048 * 1536
    const head = 2 * (6 * 21_845 * 1536 + 12 * 1024 * 21_845)
    expect(decoderBackwardBytes(older.text, 2, 1, 2048)).toBeLessThan(head)
    expect(activations).toBe(inputs + head + 5 * 4 * adapterParameters(older.text, 16))
    // In float16 the inputs take half, in a file nothing; a machine that is too small for the rest takes the file unasked.
    const given = (form: BlockInputs, machine = 24e9): number => planMemory(older, stored, 'blockwise', load, machine, form).activations
    expect(activations - given('float16')).toBe(inputs / 2)
    expect(activations - given('file')).toBe(inputs)
    const { total } = planMemory(older, stored, 'blockwise', load, 24e9, 'file')
    expect(planMemory(older, stored, 'blockwise', load, total + 1)).toMatchObject({ blockInputs: 'file', fits: 'tight', total })
    // A machine that holds the pass but not the files beside it reads them from the disk.
    expect([1e12, 5e9, 1e9].map((machine) => planMemory(older, 4.4e9, 'blockwise', load, machine).fits)).toEqual(['yes', 'tight', 'no'])
  })

  it('finds the cards that hold LoRA of rank 16 at 4,096 tokens: 8 GB for 2B, 12 GB for 3B, 6 GB for 3B in 4 bits', () => {
    const load = Workload.parse({ batch: 8, tokens: 4096, images: 4, pixels: 200_704, rank: 16 })
    const inFourBits = ({ text, ...config }: VisionLanguageConfig): number => {
      const decoder = text.layers * (2 * text.hiddenSize * text.headDim * (text.heads + text.kvHeads) + 3 * text.hiddenSize * text.intermediateSize)
      return 2 * (countParameters({ text, ...config }).total - decoder) + decoder * (0.5 + 2 / 32 + 0.5 / 32)
    }
    const card = (config: VisionLanguageConfig, stored: number): number => (planMemory(config, stored, 'device', load, 24e9).cardBytes ?? 0) / 2 ** 30
    expect(card(older, 2 * countParameters(older).total)).toBe(8)
    expect(card(small, 2 * countParameters(small).total)).toBe(12)
    expect(card(small, inFourBits(small))).toBe(6)
    expect(planMemory(small, 1e12, 'device', load, 24e9)).toMatchObject({ cardBytes: null, fits: 'no' })
  })

  it('calls a plan that fills the machine tight', () => {
    const load = Workload.parse({ batch: 1, tokens: 256, images: 1 })
    const { total } = planMemory(small, 7.5e9, 'rollout', load, 1e12)
    expect(planMemory(small, 7.5e9, 'rollout', load, total * 1.1).fits).toBe('tight')
    expect(planMemory(small, 7.5e9, 'rollout', load, total * 0.9).fits).toBe('no')
  })
})
