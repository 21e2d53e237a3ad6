import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Preset } from '#shared/domain/trainingRun.ts'
import type { Workload } from '#shared/domain/modelFacts.ts'
import { readConfig, type VisionLanguageConfig } from '#main/model/config.ts'
import { countParameters, planMemory } from '#main/model/memoryPlan.ts'
import { promptPresetNames } from '#main/rollout/prompt.ts'

const folder = new URL('../../resources/presets/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
const presetOf = (name: string): Preset => Preset.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))

test.each(names)('%s is a stage preset named after its file, its settings those of its stage', (name) => {
  const raw = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { settings: { config: object } }
  const preset = presetOf(name)
  expect(`${preset.name}.json`).toBe(name)
  expect(preset.sentence.endsWith('.')).toBe(true)
  expect(preset.sentences?.['zh-CN']).toMatch(/\p{Script=Han}.*。$/u)
  if (preset.prompt !== undefined) expect(promptPresetNames()).toContain(preset.prompt)
  // A setting that no longer exists would be dropped in silence.
  expect(preset.settings.config).toMatchObject(raw.settings.config)
})

const released = (name: string): VisionLanguageConfig => readConfig(JSON.parse(readFileSync(new URL(`../fixtures/configs/${name}.json`, import.meta.url), 'utf8')))
const two = released('qwen2_vl.released2b')
const three = released('qwen2_5_vl.released3b')
/** The published sizes of Qwen2.5-VL-7B around the tower it shares with the 3B model. */
const seven: VisionLanguageConfig = {
  ...three, vision: { ...three.vision, outWidth: 3584 },
  text: { ...three.text, hiddenSize: 3584, layers: 28, heads: 28, kvHeads: 4, headDim: 128, intermediateSize: 18_944, vocabSize: 152_064, tied: false }
}

test.each([
  ['lora-8gb', 8e9, two, { tokens: 2048, images: 6 }],
  ['lora-16gb', 16e9, three, { tokens: 2048, images: 6 }],
  ['lora-24gb', 24e9, seven, { tokens: 1024, images: 4 }],
  ['lora-48gb', 48e9, seven, { tokens: 4096, images: 10 }],
  ['lora-24gb-grpo', 24e9, two, { tokens: 2048, images: 6 }],
  ['lora-48gb-grpo', 48e9, three, { tokens: 2048, images: 6 }]
] as const)('%s fits its machine by the memory plan, the weights in the file cache with it', (name, machine, config, size) => {
  const { config: settings, stage } = presetOf(`${name}.json`).settings
  const stored = 2 * countParameters(config).total
  const load: Workload = { ...size, batch: 8, pixels: settings.maxPixels, rank: settings.loraRank }
  expect(settings.blockwise).toBe(true)
  expect(planMemory(config, stored, 'blockwise', load, machine).total + stored).toBeLessThan(machine)
  if (stage !== 'grpo') return
  const sampling = planMemory(config, stored, 'rollout', { ...load, batch: settings.promptsPerStep * settings.groupSize }, machine)
  expect(sampling.fits).not.toBe('no')
})
