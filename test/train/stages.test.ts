import { beforeAll, describe, expect, test } from 'vitest'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { tinyProject } from '../engine/tinyProject.ts'
import type { TinyProject } from '../engine/tinyProject.ts'
import { numbers, type Outcome, type RunOptions, runStage as runStageOf } from './runStage.ts'

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(6)
})

const runStage = (name: string, settings: { stage: string; config: object }, options: RunOptions = {}): Promise<Outcome> => runStageOf(project, name, settings, options)

const cold = { stage: 'coldStart', config: { learningRate: 5e-3, batchSize: 2, epochs: 2, trainVision: true } }
const rl = { stage: 'grpo', config: { learningRate: 5e-3, steps: 3, promptsPerStep: 2, groupSize: 3, klBeta: 0.01, trainVision: true } }

describe('resume = no resume', () => {
  test.each([2, 3, 6])('a cold start killed in step %i goes on to the same losses to the last digit', async (killAt) => {
    const whole = await runStage(`whole-${killAt}`, cold)
    const first = await runStage(`killed-${killAt}`, cold, { killAt })
    expect(first.result).toBeNull()
    const second = await runStage(`killed-${killAt}`, cold, { into: first.losses })
    expect(second.result).toEqual(whole.result)
    expect(numbers(second)).toEqual(numbers(whole))
    expect(whole.losses.size).toBe(6)
  })

  test('reinforcement learning killed in step 2 samples and learns the same again', async () => {
    const whole = await runStage('rl-whole', rl)
    const first = await runStage('rl-killed', rl, { killAt: 2 })
    const second = await runStage('rl-killed', rl, { into: first.losses })
    expect(numbers(second)).toEqual(numbers(whole))
    const texts = ({ paths }: Outcome) => paths.map(({ trajectory }) => trajectory.steps.map((step) => step.text).join('|')).toSorted()
    // Step 1 was sampled before the kill; steps 2 and 3 after it.
    expect(texts(second)).toEqual(texts({ ...whole, paths: whole.paths.filter(({ trajectory }) => runStep(trajectory) > 0) }))
  })
})

function runStep({ origin }: Trajectory): number {
  return origin.kind === 'model' ? origin.runStep ?? -1 : -1
}

describe('reinforcement learning', () => {
  test('learns from exactly the sampled tokens under the policy that sampled them', async () => {
    const { losses, paths } = await runStage('rl-tokens', { ...rl, config: { ...rl.config, steps: 1 } })
    const values = losses.get(1) ?? {}
    expect(paths).toHaveLength(6)
    for (const { trajectory } of paths) {
      for (const { tokens } of trajectory.steps) {
        expect(tokens?.logProbs).toHaveLength(tokens?.responseIds.length ?? -1)
        expect(tokens?.logProbs.every((logProb) => logProb <= 0)).toBe(true)
      }
    }
    // The training graph and the cached decoder agree on what was sampled, so the ratio starts at 1 and the KL at 0.
    expect(values['logProbGap']).toBeLessThan(1e-4)
    expect(values['clipFraction']).toBe(0)
    expect(values['kl']).toBeLessThan(1e-6)
    // A random model earns nothing: every group is of zero variance, only the KL term is left.
    expect(values['zeroVarianceGroups']).toBe(2)
    expect(values['usedPaths']).toBe(6)
  })
})

test('rejection sampling that keeps too little says so and what to do', async () => {
  const settings = { stage: 'reflective', config: { samplesPerItem: 2, items: 3 } }
  await expect(runStage('reflective', settings)).rejects.toMatchObject({ code: 'bad_input', message: expect.stringContaining('0 of 6 sampled paths') as string })
})
