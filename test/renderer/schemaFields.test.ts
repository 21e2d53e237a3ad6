import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Preset, Stage, SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { changedFrom, complaintsOf, fieldsOf, wordsOf } from '../../src/renderer/components/schemaFields.ts'
import { sectionsOf } from '../../src/renderer/components/settingSections.ts'
import { baselineOf, firstDraft, presetUsed, STAGE_SCHEMAS } from '../../src/renderer/pages/train/stageSchemas.ts'

describe('a form from a schema', () => {
  it.each(Stage.options)('has a field with the default for every setting, in exactly one section (%s)', (stage) => {
    const schema = STAGE_SCHEMAS[stage]
    const fields = fieldsOf(schema)
    expect(fields.map(({ name }) => name)).toEqual(Object.keys(schema.shape))
    expect(Object.fromEntries(fields.map(({ name, fallback }) => [name, fallback]))).toEqual(schema.parse({}))
    const sections = sectionsOf(fields)
    expect(sections.flatMap((section) => section.fields.map(({ name }) => name)).sort()).toEqual(Object.keys(schema.shape).sort())
    expect(sections[0]?.name).toBe('basic')
  })

  it('reads kinds and bounds', () => {
    const fields = fieldsOf(z.object({
      share: z.number().min(0).max(1).default(0.5).describe('a share'), rate: z.number().positive().default(1), count: z.int().positive().default(3), mode: z.enum(['a', 'b']).default('b'), on: z.boolean().default(true)
    }))
    expect(fields).toEqual([
      { name: 'share', kind: 'number', whole: false, least: 0, above: false, most: 1, help: 'a share', fallback: 0.5 },
      { name: 'rate', kind: 'number', whole: false, least: 0, above: true, most: null, help: '', fallback: 1 },
      { name: 'count', kind: 'number', whole: true, least: 1, above: false, most: null, help: '', fallback: 3 },
      { name: 'mode', kind: 'choice', choices: ['a', 'b'], help: '', fallback: 'b' },
      { name: 'on', kind: 'switch', help: '', fallback: true }
    ])
  })

  it('refuses what it cannot show instead of leaving it out', () => {
    expect(() => fieldsOf(z.object({ list: z.array(z.string()) }))).toThrow(/list/)
  })

  it('says which setting is wrong', () => {
    expect(complaintsOf(SupervisedConfig, SupervisedConfig.parse({}))).toEqual({})
    const wrong = { ...SupervisedConfig.parse({}), learningRate: 0, epochs: null, batchSize: 5000, warmupRatio: -1 }
    expect(complaintsOf(SupervisedConfig, wrong)).toMatchObject({ learningRate: { kind: 'above', bound: 0 }, epochs: { kind: 'missing' }, batchSize: { kind: 'most', bound: 4096 }, warmupRatio: { kind: 'least', bound: 0 } })
  })

  it('makes words of a name', () => {
    expect(wordsOf('minLearningRateRatio')).toBe('Min learning rate ratio')
  })

  it('tells what was changed from a preset, and when it is that preset no longer', () => {
    const preset = Preset.parse({ name: 'pocket-x', sentence: 'x', settings: { stage: 'grpo', config: { steps: 7 } } })
    const draft = firstDraft('grpo', [Preset.parse({ ...preset, name: 'other' }), preset])
    expect([draft.preset, draft.config['steps'], presetUsed(draft, [preset])]).toEqual(['pocket-x', 7, 'pocket-x'])
    const changed = { ...draft, config: { ...draft.config, steps: 8, klBeta: 0.1 } }
    expect(changedFrom(baselineOf('grpo', preset), changed.config)).toEqual(['steps', 'klBeta'].sort((a, b) => Object.keys(draft.config).indexOf(a) - Object.keys(draft.config).indexOf(b)))
    expect(presetUsed(changed, [preset])).toBe(null)
    expect(firstDraft('dpo', [preset]).preset).toBe(null)
  })
})
