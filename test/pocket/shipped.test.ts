import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parametersOf } from '#main/model/families/parameters.ts'
import { Policy } from '#main/model/policy.ts'
import { preprocess } from '#main/model/processor.ts'
import { PolicyTurns } from '#main/rollout/policyTurns.ts'
import { measureGrounding } from '../../scripts/pocket/grounding.ts'
import { pocketDraw } from '../../scripts/pocket/pocketModel.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'

const FOLDER = join(import.meta.dirname, '../../resources/pocket')

describe('the shipped base', () => {
  it('is Qwen2.5-VL in miniature: 1 to 6 million parameters, at most 15 MB', async () => {
    const policy = await Policy.open(FOLDER, { threads: 1 })
    const parameters = parametersOf(policy.config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(parameters).toBeGreaterThan(1e6)
    expect(parameters).toBeLessThan(6e6)
    expect((await stat(join(FOLDER, 'model.safetensors'))).size).toBeLessThan(15e6)
    await policy.close()
  })

  it('sees a generated picture as 16 visual tokens without resizing it', async () => {
    const policy = await Policy.open(FOLDER, { threads: 1 })
    expect(preprocess(generateItem('maze', 1, 0).image, policy.processor)).toMatchObject({ tokens: 16, grid: [1, 8, 8] })
    await policy.close()
  })

  it('finds points in held-out pictures', async () => {
    const policy = await Policy.open(FOLDER, { threads: 1 })
    const { point } = await measureGrounding(new PolicyTurns(policy), 60, pocketDraw())
    expect(point?.asked).toBeGreaterThan(4)
    expect((point?.right ?? 0) / (point?.asked ?? 1)).toBeGreaterThan(0.8)
    await policy.close()
  })
})
