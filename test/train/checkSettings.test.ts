import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkSettings } from '#shared/domain/checkSettings.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { readPresets } from '#main/api/training.ts'
import { en } from '../../src/renderer/i18n/en.ts'

const RESOURCES = new URL('../../resources/', import.meta.url).pathname
const codes = (stage: string, config: object, prompt?: string): string[] =>
  checkSettings(StageConfig.parse({ stage, config }), prompt === undefined ? null : loadPromptPreset(prompt)).map(({ level, code }) => `${level} ${code}`)

describe('settings that do not go together', () => {
  test.each([
    ['grpo', { blockwise: true }, 'error blockwiseNeedsLora'],
    ['coldStart', { minPixels: 4000, maxPixels: 2000 }, 'error pixelRange'],
    ['coldStart', { blockwise: true, recompute: true, loraRank: 8 }, 'warning recomputeTwice'],
    ['coldStart', { loraDropout: 0.1 }, 'warning dropoutWithoutLora'],
    ['coldStart', { trainVision: true, loraRank: 8, loraTargets: 'queryValue' }, 'warning visionWithoutTargets'],
    ['grpo', { dualClip: 0.9 }, 'error dualClipTooSmall'],
    ['grpo', { ratio: 'sequence', dualClip: 3, clipLow: 3e-4, clipHigh: 4e-4 }, 'error sequenceDualClip'],
    ['grpo', { miniBatches: 65 }, 'error emptyMiniBatches'],
    ['grpo', { ratio: 'sequence' }, 'warning sequenceClipWide'],
    ['grpo', { ratio: 'sequence', clipLow: 3e-4, clipHigh: 4e-4, aggregation: 'tokenMean' }, 'warning sequenceAggregation'],
    ['grpo', { lossLength: 100 }, 'warning lossLengthUnused'],
    ['grpo', { oldLogProbs: 'recomputed' }, 'warning recomputedOnce'],
    ['grpo', { temperature: 0.8 }, 'warning temperatureRatio'],
    ['dpo', { pairs: 'rollouts', groupSize: 1 }, 'error lonelyRollout'],
    ['dpo', { pairs: 'rollouts', pairsPerItem: 2 }, 'warning alteredUnused']
  ])('%s %o: %s', (stage, config, expected) => {
    expect(codes(stage, config)).toEqual([expected])
  })

  test.each([
    ['coldStart', {}, 'think', 'error promptCannotDraw'],
    ['reflective', {}, 'vanilla', 'error promptCannotDraw'],
    ['dpo', { pairs: 'paths' }, 'answer', 'error promptCannotDraw'],
    ['answerSft', {}, 'pocket', 'warning promptDraws'],
    ['dpo', {}, 'vilasr', 'warning promptDraws'],
    ['grpo', {}, 'observe', 'warning formatWithoutKl']
  ])('%s %o under the prompt %s: %s', (stage, config, prompt, expected) => {
    expect(codes(stage, config, prompt)).toEqual([expected])
  })

  test.each([['coldStart', 'pocket'], ['answerSft', 'answer'], ['reflective', 'vilasr'], ['grpo', 'pocket'], ['grpo', 'vanilla'], ['dpo', 'think']])('%s as it comes under %s: nothing', (stage, prompt) => {
    expect(codes(stage, {}, prompt)).toEqual([])
  })
})

test('no preset that ships has an error or a warning, under the prompt it names', async () => {
  const presets = await readPresets(RESOURCES)
  expect(presets.length).toBe(readdirSync(`${RESOURCES}presets`).filter((name) => name.endsWith('.json')).length)
  const found = presets.flatMap(({ name, settings, prompt }) =>
    checkSettings(settings, prompt === undefined ? null : loadPromptPreset(prompt)).map(({ code }) => `${name}: ${code}`))
  expect(found).toEqual([])
})

test('the studio has words for every finding, the program’s own in English', () => {
  const words = en.settingConflict as Readonly<Record<string, string>>
  const source = checkSettings(StageConfig.parse({ stage: 'grpo', config: { blockwise: true, dualClip: 0.5, ratio: 'sequence', lossLength: 5 } }))
  for (const { code, message } of source) expect(words[code]).toBe(message)
})
