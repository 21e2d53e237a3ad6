import type { SchemaField } from './schemaFields.ts'

/** What nearly everyone looks at comes first and open; the rest is grouped by what it acts on. A setting named nowhere goes to `other`. */
const SECTIONS = {
  basic: [
    'epochs', 'steps', 'learningRate', 'batchSize', 'promptsPerStep', 'groupSize', 'samplesPerItem', 'items', 'keepPerItem', 'temperature', 'klBeta', 'beta', 'pairs', 'pairSource',
    'trainVision', 'loraRank'
  ],
  optimizer: ['warmupRatio', 'schedule', 'minLearningRateRatio', 'weightDecay', 'clipNorm', 'innerSteps', 'miniBatches'],
  objective: [
    'advantage', 'aggregation', 'ratio', 'clipLow', 'clipHigh', 'dualClip', 'constantLength', 'rewardScale', 'rewardGate', 'labelSmoothing', 'lengthNormalised',
    'maskMistakes', 'maskRejected', 'learnStop', 'maskTruncated'
  ],
  sampling: ['dynamicSampling', 'maxResamples', 'minTeacherSteps', 'balanceTasks', 'humanMarks'],
  adapter: ['loraAlpha', 'loraTargets', 'loraDropout'],
  memory: ['minPixels', 'maxPixels', 'recompute', 'blockwise', 'blockInputs', 'checkpointEvery', 'keepCheckpoints']
} as const

export type SectionName = keyof typeof SECTIONS | 'other'
export interface Section { readonly name: SectionName; readonly fields: readonly SchemaField[] }

/** What a setting is counted in, where its name does not say so. */
export const UNITS: Readonly<Record<string, string>> = { minPixels: 'px²', maxPixels: 'px²' }

/** A schema's fields by section, each exactly once; empty sections are left out. */
export function sectionsOf(fields: readonly SchemaField[]): Section[] {
  const named = (Object.keys(SECTIONS) as (keyof typeof SECTIONS)[]).map((name): Section => ({
    name, fields: SECTIONS[name].flatMap((wanted) => fields.filter((field) => field.name === wanted))
  }))
  const placed = new Set(named.flatMap((section) => section.fields))
  return [...named, { name: 'other' as const, fields: fields.filter((field) => !placed.has(field)) }].filter((section) => section.fields.length > 0)
}
