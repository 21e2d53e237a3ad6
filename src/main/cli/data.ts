import { resolve } from 'node:path'
import type { Command } from 'commander'
import { GenerateRequest } from '#shared/contract/items.ts'
import type { Split } from '#shared/domain/datasetItem.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { startExport } from '../jobs/exporting.ts'
import { startGenerating } from '../jobs/generating.ts'
import { startImport } from '../jobs/importing.ts'
import { startTidy, surveyUnused } from '../jobs/tidying.ts'
import { listItemIds } from '../store/items.ts'
import { follow } from './follow.ts'
import { type CommonOptions, realNumber, requested, splitName, wholeNumber, withProject } from './session.ts'

/** `init`, `import`, `export`, `generate`, `data tidy`: what a project is about. */
export function addDataCommands(program: Command): void {
  program
    .command('init <dir>')
    .description('make a project folder with the embedded model')
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: CommonOptions) =>
      withProject(dir, { ...options, create: true }, async ({ workshop, output }) => {
        output.event({ kind: 'project', folder: workshop.project.folder, name: workshop.project.name })
        if (!output.json) output.line(`Project ${workshop.project.name} in ${workshop.project.folder}`)
      }))

  program
    .command('import <dir> <file>')
    .description('import ViLaSR records (JSON or JSONL) with their images and videos')
    .option('--json', 'one JSON object per event')
    .action((dir: string, file: string, options: CommonOptions) =>
      withProject(dir, options, async ({ workshop, output }) => {
        const summary = await follow(workshop, startImport(workshop, resolve(file), jobTitle('import', { name: file })).jobId, output)
        if (!output.json) output.line(`${summary['imported']} imported, ${summary['duplicates']} already there, ${summary['refused']} refused`)
      }))

  program
    .command('export <dir> <folder>')
    .description('write questions with their pictures as ViLaSR records, which `import` takes in again')
    .option('--split <name>', 'train, validation or test (default: all)', splitName)
    .option('--task <name>', 'only this task')
    .option('--tag <name>', 'only questions with this tag')
    .option('--json', 'one JSON object per event')
    .action((dir: string, folder: string, { split, task, tag, ...options }: CommonOptions & { split?: Split; task?: string; tag?: string }) =>
      withProject(dir, options, async ({ workshop, output }) => {
        const { jobId } = startExport(workshop, resolve(folder), listItemIds(workshop.project, { split: split ?? null, task: task ?? null, tag: tag ?? null }))
        const summary = await follow(workshop, jobId, output)
        if (!output.json) output.line(`${summary['items']} questions and ${summary['pictures']} pictures in ${summary['folder']}`)
      }))

  program
    .command('generate <dir>')
    .description('generate seeded questions with ground truth and scripted teacher paths')
    .requiredOption('--generator <name>', 'maze, relation or count')
    .option('--count <n>', 'items in all; a second call with the same seed goes on', wholeNumber('--count', 1), 100)
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--split <name>', 'train, validation or test', splitName, 'train')
    .option('--no-teacher', 'questions only, no teacher paths')
    .option('--reflective <share>', 'share of teacher paths with a mistake and its correction', realNumber('--reflective', 0, 1), 0.15)
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: CommonOptions & GenerateOptions) =>
      withProject(dir, options, async ({ workshop, output }) => {
        const summary = await follow(workshop, startGenerating(workshop, generateRequest(options)).jobId, output)
        if (!output.json) output.line(`${summary['items']} items, ${summary['paths']} teacher paths`)
      }))

  program
    .command('data')
    .description('look after what a project stores')
    .command('tidy <dir>')
    .description('delete pictures and videos that nothing in the project uses any more')
    .option('--dry-run', 'only look: how many and how large')
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: CommonOptions & { dryRun?: boolean }) =>
      withProject(dir, options, async ({ workshop, output }) => {
        if (options.dryRun === true) {
          const { pictures, bytes, recent } = await surveyUnused(workshop.project, Date.now())
          output.event({ kind: 'unused', pictures, bytes, recent })
          if (!output.json) output.line(`${pictures} unused, ${(bytes / 1e6).toFixed(1)} MB; ${recent} more of the last day, which are kept for now`)
          return
        }
        const summary = await follow(workshop, startTidy(workshop).jobId, output)
        if (!output.json) output.line(`${summary['pictures']} deleted, ${summary['megabytes']} MB`)
      }))
}

type GenerateOptions = { generator: string; count: number; seed: number; split: string; teacher: boolean; reflective: number }

function generateRequest({ generator, count, seed, split, teacher, reflective }: GenerateOptions): GenerateRequest {
  return requested(GenerateRequest, { generator, count, seed, split, teacherPaths: teacher, reflectiveShare: reflective })
}
