import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobId } from '#shared/domain/ids.ts'
import { BlobStore } from '../blobs/blobStore.ts'
import { alignTable } from '../evaluate/report.ts'
import { picturesOf, renderStudyMarkdown, renderStudyPage } from '../evaluate/studyPages.ts'
import { scaledStudy, StudyPlan } from '../evaluate/studyPlan.ts'
import type { ArmResult, Study } from '../evaluate/studyResult.ts'
import { accuracyTable, behaviourTable } from '../evaluate/studyTables.ts'
import { programVersion, resourcesFolder } from '../jobs/workshop.ts'
import { machineName } from './demo.ts'
import { openOutput } from './output.ts'
import { type CommonOptions, realNumber, wholeNumber, withProject } from './session.ts'
import { readArms, StudySeed } from './studyArms.ts'

type StudyOptions = CommonOptions & { readonly seeds: readonly number[]; readonly minutes?: number; readonly plan: string; readonly reportOnly?: boolean }

/** `study`: every stage, left out and put in, under several seeds; tables and charts from what was measured. */
export function addStudyCommand(program: Command): void {
  program
    .command('study <dir>')
    .description('does it learn: every stage left out and put in on the embedded model, under several seeds; interrupted, it goes on')
    .option('--seeds <list>', 'seeds, separated by commas; several commands may share the folder', seedList, [1, 2, 3])
    .option('--minutes <m>', 'about how long a seed may take on one thread (default: as the plan says)', realNumber('--minutes', 0.01, 600))
    .option('--plan <name>', 'a plan of resources/presets/study, or a JSON file', 'pocket')
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--report-only', 'write the pages again from the rows that are finished')
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: StudyOptions) => study(resolve(dir), options))
}

async function study(folder: string, options: StudyOptions): Promise<void> {
  const plan = await frozenPlan(folder, options)
  if (options.reportOnly !== true) {
    for (const seed of options.seeds) {
      await withProject(seedFolder(folder, seed), { ...options, create: true }, (session) => new StudySeed(session, plan, seed).run())
    }
  }
  const made = await writeStudy(folder, plan, options.threads ?? null)
  const output = openOutput(options.json === true)
  output.event({ kind: 'report', file: join(folder, 'study.html') })
  if (!output.json) for (const table of [accuracyTable(made), behaviourTable(made)]) output.line(`${alignTable(table)}\n`)
  output.line(`report: ${join(folder, 'study.html')}`)
}

/** The plan that this folder's study began with; a finished row is only comparable under the same one. @throws SightlineError `conflict` */
async function frozenPlan(folder: string, { plan: name, minutes }: StudyOptions): Promise<StudyPlan> {
  const file = name.endsWith('.json') ? resolve(name) : join(resourcesFolder(), 'presets', 'study', `${name}.json`)
  if (!existsSync(file)) throw new SightlineError('not_found', `There is no study plan called '${name}'`, { where: file })
  const wished = StudyPlan.parse(JSON.parse(await readFile(file, 'utf8')))
  const plan = minutes === undefined ? wished : scaledStudy(wished, minutes)
  const frozen = join(folder, 'plan.json')
  if (existsSync(frozen)) {
    const before = StudyPlan.parse(JSON.parse(await readFile(frozen, 'utf8')))
    if (JSON.stringify(before) === JSON.stringify(plan)) return plan
    throw new SightlineError('conflict', 'This folder holds a study under another plan', { where: frozen, advice: 'Take the same --plan and --minutes, or another folder' })
  }
  await mkdir(folder, { recursive: true })
  await writeFile(frozen, `${JSON.stringify(plan, null, 1)}\n`)
  return plan
}

/** Writes study.json, study.md, study.html and the pictures beside them, over every seed there is. */
async function writeStudy(folder: string, plan: StudyPlan, threads: number | null): Promise<Study> {
  const seeds = (await readdir(folder)).flatMap((name) => /^seed-(\d+)$/.exec(name)?.[1] ?? []).map(Number).toSorted((a, b) => a - b)
  const results = (await Promise.all(seeds.map((seed) => readArms(seedFolder(folder, seed), plan)))).flat()
  const made: Study = { plan, machine: machineName(), version: programVersion(), threads, results, createdAt: new Date().toISOString() }
  const pictures = await loadPictures(folder, results)
  const shown = picturesOf(made, (blob) => pictures.get(blob) ?? '')
  await writeFile(join(folder, 'study.json'), `${JSON.stringify(made)}\n`)
  for (const { name, svg } of shown) await writeFile(join(folder, name), svg)
  await writeFile(join(folder, 'study.md'), renderStudyMarkdown(made, shown))
  await writeFile(join(folder, 'study.html'), renderStudyPage(made, shown))
  return made
}

/** Data URIs of the samples' pictures. */
async function loadPictures(folder: string, results: readonly ArmResult[]): Promise<ReadonlyMap<string, string>> {
  const pictures = new Map<string, string>()
  for (const { seed, samples } of results) {
    const blobs = new BlobStore(join(seedFolder(folder, seed), 'blobs'))
    const images = samples.flatMap(({ item, trajectory }) => [...item.images, ...trajectory.steps.flatMap((step) => step.observations.map(({ image }) => image))])
    for (const { blob, mime } of images) {
      if (!pictures.has(blob)) pictures.set(blob, `data:${mime};base64,${Buffer.from(await blobs.get(BlobId.parse(blob))).toString('base64')}`)
    }
  }
  return pictures
}

function seedFolder(folder: string, seed: number): string {
  return join(folder, `seed-${seed}`)
}

/** @throws SightlineError `bad_input` */
function seedList(words: string): number[] {
  return words.split(',').map(wholeNumber('--seeds', 0))
}
