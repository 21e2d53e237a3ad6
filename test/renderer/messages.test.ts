import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DataType, QuestionType, Split } from '#shared/domain/datasetItem.ts'
import { ErrorCode } from '#shared/domain/errors.ts'
import { PreflightCode, PreflightName } from '#shared/domain/preflight.ts'
import { ExplanationCode } from '#shared/domain/reward.ts'
import { RunStatus, Stage } from '#shared/domain/trainingRun.ts'
import { FinishReason, StepProblem } from '#shared/domain/trajectory.ts'
import { en } from '../../src/renderer/i18n/en.ts'
import { zhCN } from '../../src/renderer/i18n/zhCN.ts'
import { CHART_GROUPS } from '../../src/renderer/components/curves.ts'
import { fieldsOf } from '../../src/renderer/components/schemaFields.ts'
import { STAGE_SCHEMAS } from '../../src/renderer/pages/train/stageSchemas.ts'
import { KEYMAP } from '../../src/renderer/keymap.ts'

const RENDERER = join(import.meta.dirname, '../../src/renderer')
const MAIN = join(import.meta.dirname, '../../src/main')

function flat(messages: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(messages)) {
    if (typeof value === 'string') found.set(prefix + key, value)
    else for (const [inner, text] of flat(value as object, `${prefix}${key}.`)) found.set(inner, text)
  }
  return found
}

function sources(root = RENDERER): { path: string; text: string }[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(vue|ts)$/.test(path) && !path.startsWith('i18n'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const english = flat(en)
const chinese = flat(zhCN)

describe('messages', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('fill in the same values in both languages', () => {
    const holes = (text: string): string[] => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ''))].sort()
    for (const [key, text] of english) expect({ key, holes: holes(chinese.get(key) ?? '') }).toEqual({ key, holes: holes(text) })
  })

  it('are in Chinese where they hold words', () => {
    const same = [...english].filter(([key, text]) => chinese.get(key) === text && /[a-z]{3}/i.test(text)).map(([key]) => key)
    expect(same).toEqual(['stage.grpo.name'])
  })

  it('exist for every key the studio asks for by name', () => {
    const missing = sources().flatMap(({ path, text }) =>
      [...text.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1] ?? '').filter((key) => !english.has(key)).map((key) => `${path}: ${key}`))
    expect(missing).toEqual([])
  })

  it('exist for every value that is shown by a key made from it', () => {
    const settings = Object.values(STAGE_SCHEMAS).flatMap((schema) => fieldsOf(schema))
    const wanted = [
      ...Split.options.map((value) => `split.${value}`), ...DataType.options.map((value) => `dataType.${value}`),
      ...QuestionType.options.map((value) => `questionType.${value}`), ...FinishReason.options.map((value) => `finish.${value}`),
      ...StepProblem.shape.kind.options.flatMap((value) => [`problem.${value}`, `problemWhat.${value}`]), ...RunStatus.options.map((value) => `status.run.${value}`),
      ...ErrorCode.options.map((value) => `errorCode.${value}`),
      ...ExplanationCode.options.map((value) => `explanation.${value}`),
      ...Stage.options.flatMap((value) => [`stage.${value}.name`, `stage.${value}.what`]),
      ...settings.flatMap(({ name }) => [`setting.${name}.name`, `setting.${name}.help`]), ...PreflightName.options.map((value) => `preflight.name.${value}`), ...PreflightCode.options.map((value) => `finding.${value}`),
      ...CHART_GROUPS.flatMap(({ name, charts }) => [`curves.group.${name}`, ...charts.map((chart) => `chart.${chart.name}`)]),
      ...Object.entries(KEYMAP).flatMap(([scope, actions]) => Object.keys(actions).map((action) => `shortcuts.${scope}.${action}`))
    ]
    expect(wanted.filter((key) => !english.has(key))).toEqual([])
  })

  it('exist for every job, phase and unit the program names', () => {
    // The command line speaks English.
    const main = sources(MAIN).filter(({ path }) => !path.startsWith('cli')).map(({ text }) => text).join('\n')
    const named = (pattern: RegExp): string[] => [...new Set([...main.matchAll(pattern)].flatMap((match) => match[1] ?? []))].sort()
    const titles = named(/jobTitle\('(\w+)'/g)
    const phases = named(/(?:new ProgressMeter\(|ratedProgress\(context, |phase: )'([^']+)'/g)
    const units = named(/(?:new ProgressMeter\([^,]+, |ratedProgress\([^,]+, [^,]+, |unit: )'([^']+)'/g).filter((unit) => unit !== 'MB')
    expect([titles, phases, units].map(({ length }) => length > 3)).toEqual([true, true, true])
    // A training's title is its stage's name.
    const wanted = [
      ...titles.filter((key) => key !== 'train').map((key) => `jobNamed.${key}`), ...phases.map((phase) => `progressPhase.${phase.replaceAll(' ', '_')}`), ...units.map((unit) => `progressUnit.${unit}`)
    ]
    expect(wanted.filter((key) => !english.has(key))).toEqual([])
  })

  it('are all used', () => {
    const all = sources().map(({ text }) => text).join('\n')
    const prefixes = [...all.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '')
    const unused = [...english.keys()].filter((key) => !all.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)))
    expect(unused).toEqual([])
  })
})
