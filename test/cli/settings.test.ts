import { expect, test } from 'vitest'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { changedSettings } from '#main/cli/models.ts'

const grpo = StageConfig.parse({ stage: 'grpo', config: {} })

test('--set changes numbers, choices and switches of a stage', () => {
  const { config } = changedSettings(grpo, ['ratio=sequence', 'clipLow=3e-4', 'maskTruncated=true', 'miniBatches=4'])
  expect(config).toEqual({ ...grpo.config, ratio: 'sequence', clipLow: 3e-4, maskTruncated: true, miniBatches: 4 })
  expect(changedSettings(StageConfig.parse({ stage: 'dpo', config: {} }), ['pairs=rollouts', 'beta=0.2']).config).toMatchObject({ pairs: 'rollouts', beta: 0.2 })
})

test('--set says what it does not know and what does not fit', () => {
  expect(() => changedSettings(grpo, ['batchSize=3'])).toThrow(/no setting 'batchSize'/)
  expect(() => changedSettings(grpo, ['ratio=both'])).toThrow(/Invalid option/)
  expect(() => changedSettings(grpo, ['groupSize=1'])).toThrow(/>=2/)
})
