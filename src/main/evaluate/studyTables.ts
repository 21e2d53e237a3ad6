import { mean, type Spread, spreadOf, type Study, type TaskScores } from './studyResult.ts'
import type { ArmResult } from './studyResult.ts'
import type { StudyMeasure } from './studyPlan.ts'

type Scores = NonNullable<ArmResult['scores']>

/** What each measure is, of a row's scores; `tasks` empty = all of them. */
const MEASURES: Readonly<Record<StudyMeasure, (scores: Scores, tasks: readonly string[]) => number | null>> = {
  accuracy: ({ greedy }, tasks) => over(greedy, tasks, 'accuracy'),
  grounding: ({ greedy }, tasks) => over(greedy, tasks, 'grounding'),
  format: ({ greedy }, tasks) => over(greedy, tasks, 'format'),
  reflectionGreedy: ({ greedy }, tasks) => over(greedy, tasks, 'reflectionRate'),
  steps: ({ greedy }, tasks) => over(greedy, tasks, 'steps'),
  boxes: ({ greedy }, tasks) => over(greedy, tasks, 'boxes'),
  lines: ({ greedy }, tasks) => over(greedy, tasks, 'lines'),
  responseTokens: ({ greedy }, tasks) => over(greedy, tasks, 'responseTokens'),
  sampledAccuracy: ({ sampled }, tasks) => over(sampled, tasks, 'accuracy'),
  reflectionSampled: ({ sampled }, tasks) => over(sampled, tasks, 'reflectionRate'),
  sampledSteps: ({ sampled }, tasks) => over(sampled, tasks, 'steps'),
  sampledBoxes: ({ sampled }, tasks) => over(sampled, tasks, 'boxes'),
  sampledLines: ({ sampled }, tasks) => over(sampled, tasks, 'lines'),
  sampledTokens: ({ sampled }, tasks) => over(sampled, tasks, 'responseTokens'),
  passFirst: ({ sampled }) => sampled.overallPass[0] ?? null,
  passLast: ({ sampled }) => sampled.overallPass.at(-1) ?? null,
  passGap: ({ sampled }) => (sampled.overallPass.at(-1) ?? 0) - (sampled.overallPass[0] ?? 0)
}

type ScoreName = 'accuracy' | 'grounding' | 'format' | 'reflectionRate' | 'steps' | 'boxes' | 'lines' | 'responseTokens'

function over({ scores, overall }: TaskScores, tasks: readonly string[], name: ScoreName): number | null {
  if (tasks.length === 0) return overall[name]
  const values = scores.flatMap((score) => (tasks.includes(score.task) && score[name] !== null ? [score[name]] : []))
  return values.length === 0 ? null : mean(values)
}

/** A measure of a row over its seeds. */
export function measureOf(study: Study, arm: string, measure: StudyMeasure, tasks: readonly string[] = []): Spread | null {
  return spreadOf(study, arm, (scores) => MEASURES[measure](scores, tasks))
}

/** Rows of the study that are there, with their labels. */
export function rowsOf({ plan, results }: Study): { name: string; label: string }[] {
  return plan.arms.filter(({ name }) => results.some(({ arm }) => arm === name))
}

/** Answers: greedy accuracy by task and overall, then what several paths at a temperature come to. */
export function accuracyTable(study: Study): string[][] {
  const samples = study.plan.sampled.samplesPerItem
  const header = ['row', ...study.plan.tasks, 'accuracy', 'format', 'shapes in place', 'pass@1', `pass@${samples}`, 'gap']
  return [header, ...rowsOf(study).map(({ name, label }) => [
    label, ...study.plan.tasks.map((task) => cell(measureOf(study, name, 'accuracy', [task]))),
    ...(['accuracy', 'format', 'grounding', 'passFirst', 'passLast', 'passGap'] as const).map((measure) => cell(measureOf(study, name, measure)))
  ])]
}

/** How the paths look, greedy and sampled. */
export function behaviourTable(study: Study): string[][] {
  const greedy = ['reflectionGreedy', 'steps', 'boxes', 'lines', 'responseTokens'] as const
  const sampled = ['reflectionSampled', 'sampledSteps', 'sampledBoxes', 'sampledLines', 'sampledTokens'] as const
  const names = ['reflection rate', 'steps', 'boxes', 'lines', 'tokens']
  const header = ['row', ...names.map((name) => `${name}, greedy`), ...names.map((name) => `${name}, sampled`)]
  return [header, ...rowsOf(study).map(({ name, label }) => [label, ...[...greedy, ...sampled].map((measure) => cell(measureOf(study, name, measure), measure))])]
}

/** The published changes beside ours: relative change of a row's mean against another's. */
export function publishedTable(study: Study): string[][] {
  const header = ['change', 'published', 'ours', 'same direction']
  const label = (name: string) => study.plan.arms.find((arm) => arm.name === name)?.label ?? name
  return [header, ...study.plan.published.map(({ what, arm, against, measure, tasks, change }) => {
    const [ours, theirs] = [measureOf(study, arm, measure, tasks), measureOf(study, against, measure, tasks)]
    const moved = ours === null || theirs === null || theirs.mean === 0 ? null : ours.mean / theirs.mean - 1
    const same = moved === null ? '' : Math.sign(Math.round(moved * 100)) === Math.sign(change) ? 'yes' : 'no'
    const means = ours === null || theirs === null ? '' : ` (${digits(theirs.mean, measure)} to ${digits(ours.mean, measure)})`
    return [`${what}: ${label(arm)} against ${label(against)}`, percent(change), `${moved === null ? 'no ratio' : percent(moved)}${means}`, same]
  })]
}

/** Seconds of each row's stage and scoring. */
export function timeTable({ plan, results }: Study): string[][] {
  const header = ['row', 'optimizer steps', 'training, s', 'scoring, s']
  return [header, ...plan.arms.flatMap(({ name, label }) => {
    const own = results.filter(({ arm }) => arm === name)
    if (own.length === 0) return []
    const trained = own.flatMap(({ trainSeconds }) => (trainSeconds === null ? [] : [trainSeconds]))
    return [[label, String(mean(own.map(({ metrics }) => metrics.length)).toFixed(0)), trained.length === 0 ? '' : mean(trained).toFixed(0), mean(own.map(({ scoreSeconds }) => scoreSeconds)).toFixed(0)]]
  })]
}

/** Rows that had nothing to learn from. */
export function notesOf({ plan, results }: Study): string[] {
  return results.flatMap(({ arm, seed, note }) => (note === null ? [] : [`${plan.arms.find(({ name }) => name === arm)?.label ?? arm}, seed ${seed}: ${note}`]))
}

export function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

/** `mean ± deviation`; a blank where no seed has the number. */
function cell(spread: Spread | null, measure?: StudyMeasure): string {
  if (spread === null) return ''
  const shown = digits(spread.mean, measure)
  return spread.values.length < 2 ? shown : `${shown} ± ${digits(spread.deviation, measure)}`
}

const COUNTS: readonly string[] = ['steps', 'boxes', 'lines', 'sampledSteps', 'sampledBoxes', 'sampledLines']

function digits(value: number, measure?: StudyMeasure): string {
  if (measure === 'responseTokens' || measure === 'sampledTokens') return value.toFixed(0)
  return value.toFixed(measure !== undefined && COUNTS.includes(measure) ? 2 : 3)
}

function percent(change: number): string {
  const rounded = (change * 100).toFixed(1)
  return `${change > 0 ? '+' : ''}${rounded} %`
}
