import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Preset } from '#shared/domain/trainingRun.ts'

const folder = new URL('../../resources/presets/', import.meta.url)
// The demo's pipeline file has a form of its own.
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'pocket-demo.json')

test.each(names)('%s is a stage preset named after its file', (name) => {
  const preset = Preset.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  expect(`${preset.name}.json`).toBe(name)
  expect(preset.sentence.endsWith('.')).toBe(true)
})
