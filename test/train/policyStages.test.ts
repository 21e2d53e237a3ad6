import { beforeAll, describe, expect, test } from 'vitest'
import { tinyProject } from '../engine/tinyProject.ts'
import type { TinyProject } from '../engine/tinyProject.ts'
import { numbers, type Outcome, type RunOptions, runStage } from './runStage.ts'

/** A policy that has half learnt the bare answers of six mazes: sometimes right, sometimes not, in one turn. */
let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(6)
  const learning = { stage: 'answerSft', config: { learningRate: 1e-2, batchSize: 6, epochs: 12, trainVision: true } }
  await runStage(project, 'answers', learning, { prompt: 'answer', keep: true })
})

const base = { learningRate: 3e-3, steps: 2, promptsPerStep: 4, groupSize: 6, trainVision: true, rewardGate: 0 }
const grpo = (name: string, config: object = {}, options: RunOptions = {}): Promise<Outcome> =>
  runStage(project, name, { stage: 'grpo', config: { ...base, ...config } }, { prompt: 'answer', ...options })
const dpo = (name: string, config: object = {}, options: RunOptions = {}): Promise<Outcome> =>
  runStage(project, name, { stage: 'dpo', config: { learningRate: 3e-3, trainVision: true, batchSize: 3, ...config } }, { prompt: 'answer', ...options })

describe('reinforcement learning in one turn without tools', () => {
  test('earns and learns', async () => {
    const { losses, paths } = await grpo('plain', { aggregation: 'constantLength', advantage: 'drGrpo', lossLength: 16 })
    expect(paths.every(({ trajectory }) => trajectory.steps.length === 1)).toBe(true)
    expect(paths.some(({ reward }) => reward.total === 1)).toBe(true)
    expect(paths.some(({ reward }) => reward.total === 0)).toBe(true)
    const used = [...losses.values()].map((values) => values['usedPaths'] ?? 0)
    expect(Math.max(...used)).toBeGreaterThan(0)
    expect(losses.get(1)?.['gradNorm']).toBeGreaterThan(0)
  })

  test('several updates per batch keep the ratio’s denominator: the first is at ratio 1, later ones leave it', async () => {
    const four = await grpo('four-updates', { steps: 1, innerSteps: 2, miniBatches: 2, oldLogProbs: 'recomputed', learningRate: 1e-2 })
    expect(four.losses.get(1)?.['updates']).toBe(4)
    expect(four.losses.get(1)?.['logProbGap']).toBeLessThan(1e-4)
    // The scoring graph agrees with the cached decoder that sampled.
    expect(four.losses.get(1)?.['oldLogProbGapMax']).toBeLessThan(1e-4)
    expect(four.losses.get(1)?.['ratioMax']).toBeGreaterThan(1.001)
  })

  test.each([
    ['dapo', { aggregation: 'tokenMean', clipHigh: 0.28, maxResamples: 2, maskTruncated: true, dualClip: 3, miniBatches: 2 }],
    ['gspo', { ratio: 'sequence', advantage: 'rloo', clipLow: 3e-4, clipHigh: 4e-4, innerSteps: 2, klBeta: 0.01 }]
  ])('%s: killed in step 2 it goes on to the same numbers to the last digit', async (name, config) => {
    const whole = await grpo(`${name}-whole`, config)
    const killed = await grpo(`${name}-killed`, config, { killAt: 2 })
    expect(killed.result).toBeNull()
    const resumed = await grpo(`${name}-killed`, config, { into: killed.losses })
    expect(numbers(resumed)).toEqual(numbers(whole))
    expect(whole.losses.size).toBe(2)
    expect(whole.paths.length).toBeGreaterThan(0)
  })

  test('resampling looks for questions whose answers differ, and gives up after its rounds', async () => {
    const { losses } = await grpo('resampled', { groupSize: 2, maxResamples: 3 })
    const values = [...losses.values()]
    expect(values.some((step) => (step['resampledGroups'] ?? 0) > 0)).toBe(true)
    for (const step of values) expect(step['usedPaths']).toBeLessThanOrEqual(8)
    // Every path that was used has an advantage: no group of equal rewards is left.
    for (const step of values) expect((step['usedPaths'] ?? 0) % 2).toBe(0)
  })

  test('a truncated path is left out of the loss and still counts in its group', async () => {
    const { losses, paths } = await runStage(project, 'masked', { stage: 'grpo', config: { ...base, steps: 1, klBeta: 0.1, maskTruncated: true } }, { prompt: 'pocket' })
    const cut = paths.filter(({ trajectory }) => ['turn_length', 'total_length', 'too_many_turns'].includes(trajectory.finishReason)).length
    expect(losses.get(1)?.['maskedPaths']).toBe(cut)
    expect(losses.get(1)?.['usedPaths']).toBe(24 - cut)
  })
})

describe('preference learning', () => {
  test('from altered answers: from no preference at log 2 to preferring the right ones', async () => {
    const { losses, result } = await dpo('altered', { epochs: 8, pairsPerItem: 2 })
    expect(losses.get(1)?.['loss']).toBeCloseTo(Math.LN2, 4)
    expect(losses.get(1)?.['rewardMargin']).toBeCloseTo(0, 4)
    const last = losses.get(losses.size)
    expect(last?.['loss']).toBeLessThan(0.6)
    expect(last?.['rewardMargin']).toBeGreaterThan(0.2)
    expect(result?.summary).toMatchObject({ pairs: 12 })
  })

  test('from written paths: the same path with another answer at its end', async () => {
    const { losses } = await dpo('paths', { pairs: 'paths', epochs: 6, batchSize: 6 }, { prompt: 'pocket' })
    expect(losses.get(1)?.['tokens']).toBeLessThan(6 * 2 * 8)
    expect(losses.get(losses.size)?.['marginAccuracy']).toBe(1)
  })

  test('from rollouts: the best against the worst of each group, sampled once', async () => {
    const config = { pairs: 'rollouts', groupSize: 6, epochs: 3, items: 5 }
    const whole = await dpo('rollouts', config)
    expect(whole.paths).toHaveLength(30)
    const rewards = new Map(whole.paths.map(({ trajectory, reward }) => [trajectory.itemId, reward.total]))
    expect(rewards.size).toBe(5)
    expect(whole.result?.summary).toMatchObject({ sampledGroups: 5 })
    const killed = await dpo('rollouts-killed', config, { killAt: 2 })
    const resumed = await dpo('rollouts-killed', config, { into: killed.losses })
    expect(resumed.paths).toHaveLength(0)
    expect(numbers(resumed)).toEqual(numbers(whole))
  })

  test('with adapters the reference is the start, and a killed run goes on the same', async () => {
    const config = { loraRank: 4, loraDropout: 0.1, epochs: 2, lengthNormalised: true, labelSmoothing: 0.1, beta: 0.5 }
    const whole = await dpo('lora', config)
    const killed = await dpo('lora-killed', config, { killAt: 2 })
    const resumed = await dpo('lora-killed', config, { into: killed.losses })
    expect(numbers(resumed)).toEqual(numbers(whole))
    expect(whole.losses.get(whole.losses.size)?.['rewardMargin']).toBeGreaterThan(0)
  })

  test('says what to do when no pair can be made', async () => {
    const lines = project.lines.map((line) => ({ ...line, item: { ...line.item, questionType: 'freeForm' as const } }))
    await expect(dpo('none', {}, { lines })).rejects.toMatchObject({ code: 'bad_input', message: expect.stringContaining('No pair') as string })
  })
})
