import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GrpoConfig, ReflectiveConfig, SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { complaintsOf, fieldsOf, wordsOf } from '../../src/renderer/components/schemaFields.ts'

describe('a form from a schema', () => {
  it.each([['supervised', SupervisedConfig], ['reflective', ReflectiveConfig], ['grpo', GrpoConfig]])('has a field with the default for every setting (%s)', (_name, schema) => {
    const fields = fieldsOf(schema)
    expect(fields.map(({ name }) => name)).toEqual(Object.keys(schema.shape))
    expect(Object.fromEntries(fields.map(({ name, fallback }) => [name, fallback]))).toEqual(schema.parse({}))
  })

  it('reads kinds and bounds', () => {
    const fields = fieldsOf(z.object({
      share: z.number().min(0).max(1).default(0.5).describe('a share'), count: z.int().positive().default(3), mode: z.enum(['a', 'b']).default('b'), on: z.boolean().default(true)
    }))
    expect(fields).toEqual([
      { name: 'share', kind: 'number', whole: false, least: 0, most: 1, help: 'a share', fallback: 0.5 },
      { name: 'count', kind: 'number', whole: true, least: 1, most: null, help: '', fallback: 3 },
      { name: 'mode', kind: 'choice', choices: ['a', 'b'], help: '', fallback: 'b' },
      { name: 'on', kind: 'switch', help: '', fallback: true }
    ])
  })

  it('refuses what it cannot show instead of leaving it out', () => {
    expect(() => fieldsOf(z.object({ list: z.array(z.string()) }))).toThrow(/list/)
  })

  it('says which setting is wrong', () => {
    expect(complaintsOf(SupervisedConfig, SupervisedConfig.parse({}))).toEqual({})
    expect(Object.keys(complaintsOf(SupervisedConfig, { ...SupervisedConfig.parse({}), learningRate: 0 }))).toEqual(['learningRate'])
  })

  it('makes words of a name', () => {
    expect(wordsOf('minLearningRateRatio')).toBe('Min learning rate ratio')
  })
})
