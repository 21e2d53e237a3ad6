import { Command } from 'commander'
import { expect, test } from 'vitest'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { addModelCommands, changedSettings } from '#main/cli/models.ts'

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

test.each([
  ['--again', 'RUN', '--set', 'epochs=2'], ['--again', 'RUN', '--from', 'OTHER'], ['--from', 'RUN', '--checkpoint', 'base'], ['--resume', 'RUN', '--seed', '3']
])('a run brings its own settings: %s %s refuses %s', async (...words) => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  addModelCommands(program)
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined })
  await expect(program.parseAsync(['train', 'no folder', ...words], { from: 'user' })).rejects.toMatchObject({ code: 'commander.conflictingOption' })
})
