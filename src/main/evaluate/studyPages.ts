import type { ReportSample } from './report.ts'
import { escapeText, svgDocument, text } from './studyChart.ts'
import { studyPictures } from './studyPictures.ts'
import type { Study } from './studyResult.ts'
import { accuracyTable, behaviourTable, markdownTable, notesOf, publishedTable, rowsOf, timeTable } from './studyTables.ts'

/** A chart or a path as a file: its name, what it shows and its SVG. */
export interface StudyPicture {
  name: string
  caption: string
  svg: string
}

const PICTURE_WIDTH = 168
const LINE_LENGTH = 27
const MOST_LINES = 22

/** Charts first, then the sample paths: of each row one path of a task, the seeds in turn. */
export function picturesOf(study: Study, picture: (blob: string) => string): StudyPicture[] {
  const captions: Readonly<Record<string, string>> = {
    'ablation.svg': 'Each row: mean over seeds, a dot for each seed', 'pass-at-k.svg': 'pass@k',
    'curves-supervised.svg': 'Loss of the supervised rows', 'curves-reinforcement.svg': 'Reinforcement learning, step by step'
  }
  const charts = [...studyPictures(study)].map(([name, svg]) => ({ name, caption: captions[name] ?? name, svg }))
  const paths = chosenSamples(study).map((sample, i) => (
    { name: `path-${String(i + 1).padStart(2, '0')}.svg`, caption: `${sample.stage}, ${sample.item.task}`, svg: pathPicture(sample, picture) }))
  return [...charts, ...paths]
}

/** Most that `study.md` shows. */
const MOST_PATHS = 12

/** The rows' samples spread over tasks and seeds, at most a dozen; rows that draw first. */
function chosenSamples(study: Study): ReportSample[] {
  const perRow = rowsOf(study).map(({ name }) => {
    const own = study.results.filter(({ arm }) => arm === name).flatMap(({ samples }) => samples)
    const drawn = own.filter(({ trajectory }) => trajectory.steps.some(({ observations }) => observations.length > 0))
    return (drawn.length > 0 ? drawn : own.slice(0, 1)).toSorted((a, b) => Number(b.reward?.reflective) - Number(a.reward?.reflective))
  })
  const rounds = Math.max(0, ...perRow.map((row) => row.length))
  return Array.from({ length: rounds }, (_, i) => perRow.flatMap((row) => row.slice(i, i + 1))).flat().slice(0, MOST_PATHS)
}

/** A path as a strip: the given picture, then each turn's words over the picture it drew. */
function pathPicture({ stage, item, trajectory, reward }: ReportSample, picture: (blob: string) => string): string {
  const cell = PICTURE_WIDTH + 12
  const image = (x: number, blob: string) => `<image x="${x}" y="44" width="${PICTURE_WIDTH}" height="${PICTURE_WIDTH}" href="${picture(blob)}" style="image-rendering:pixelated"/>`
  const turns = trajectory.steps.map((step, i) => {
    const x = 12 + (i + 1) * cell
    const lines = wrapped(step.text, LINE_LENGTH).slice(0, MOST_LINES)
    const words = lines.map((line, row) => text(x, 44 + PICTURE_WIDTH + 16 + row * 12, line, 'font-family="ui-monospace,monospace" font-size="10"'))
    return { lines: lines.length, svg: `${step.observations.slice(-1).map(({ image: { blob } }) => image(x, blob)).join('')}${words.join('')}` }
  })
  const verdict = `${trajectory.answer ?? trajectory.finishReason}${(reward?.correct ?? 0) === 1 ? ', right' : `, expected ${item.answer}`}${reward?.reflective ? ', corrected itself' : ''}`
  const width = 12 + (turns.length + 1) * cell
  const height = 44 + PICTURE_WIDTH + 24 + Math.max(...turns.map(({ lines }) => lines), 1) * 12
  const head = [text(12, 16, `${stage} · ${item.task}: ${item.question}`, 'font-weight="600"'), text(12, 32, `answer: ${verdict}`)]
  return svgDocument(Math.max(width, 560), height, `${stage}: ${item.question}`, [...head, ...item.images.slice(0, 1).map(({ blob }) => image(12, blob)), ...turns.map(({ svg }) => svg)])
}

function wrapped(words: string, length: number): string[] {
  return words.split('\n').flatMap((line) => line.match(new RegExp(`.{1,${length}}(?=\\s|$)|.{1,${length}}`, 'g')) ?? [])
}

function sections(study: Study): { title: string; rows: string[][] }[] {
  return [
    { title: 'Answers', rows: accuracyTable(study) }, { title: 'Behaviour', rows: behaviourTable(study) },
    { title: 'Beside the published ablation', rows: publishedTable(study) }, { title: 'Time', rows: timeTable(study) }
  ].filter(({ rows }) => rows.length > 1)
}

function facts({ plan, machine, version, threads, results, createdAt }: Study): string {
  const seeds = [...new Set(results.map(({ seed }) => seed))].toSorted((a, b) => a - b)
  const { greedy, sampled } = plan
  return `Seeds ${seeds.join(', ')}; mean ± standard deviation over seeds. Greedy: ${greedy.limitPerTask} held-out items of each task; sampled: ${sampled.samplesPerItem} paths at temperature ${sampled.temperature} of ${sampled.limitPerTask} of them. ${machine}${threads === null ? '' : `, ${threads} thread${threads === 1 ? '' : 's'}`}, Sightline ${version}, ${createdAt}.`
}

export function renderStudyMarkdown(study: Study, pictures: readonly StudyPicture[]): string {
  return [
    `# ${study.plan.name}`, study.plan.sentence, facts(study),
    ...sections(study).map(({ title, rows }) => `## ${title}\n\n${markdownTable(rows)}`),
    ...notesOf(study).map((note) => `- ${note}`),
    ...pictures.map(({ name, caption }) => `![${caption}](${name})`)
  ].join('\n\n') + '\n'
}

/** One self-contained page. */
export function renderStudyPage(study: Study, pictures: readonly StudyPicture[]): string {
  const table = ([header = [], ...rows]: string[][]) => `<table><thead><tr>${header.map((word) => `<th>${escapeText(word)}</th>`).join('')}</tr></thead><tbody>${
    rows.map((row) => `<tr>${row.map((word) => `<td>${escapeText(word)}</td>`).join('')}</tr>`).join('')}</tbody></table>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeText(study.plan.name)}</title><style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1d2330;background:#fff}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:12px}th,td{padding:.2rem .5rem;border-bottom:1px solid #dfe3ec;text-align:right}th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}</style></head><body>
<h1>${escapeText(study.plan.name)}</h1><p>${escapeText(study.plan.sentence)}</p><p>${escapeText(facts(study))}</p>
${sections(study).map(({ title, rows }) => `<h2>${escapeText(title)}</h2>${table(rows)}`).join('\n')}
<ul>${notesOf(study).map((note) => `<li>${escapeText(note)}</li>`).join('')}</ul>
${pictures.map(({ caption, svg }) => `<figure><figcaption>${escapeText(caption)}</figcaption>${svg}</figure>`).join('\n')}
</body></html>
`
}
