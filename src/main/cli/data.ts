import { resolve } from 'node:path'
import type { Command } from 'commander'
import { GenerateRequest } from '#shared/contract/items.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { startGenerating } from '../jobs/generating.ts'
import { startImport } from '../jobs/importing.ts'
import { follow } from './follow.ts'
import { type CommonOptions, realNumber, wholeNumber, withProject } from './session.ts'

/** `init`, `import`, `generate`: what a project is about. */
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
        const summary = await follow(workshop, startImport(workshop, resolve(file), `Import ${file}`).jobId, output)
        if (!output.json) output.line(`${summary['imported']} imported, ${summary['duplicates']} already there, ${summary['refused']} refused`)
      }))

  program
    .command('generate <dir>')
    .description('generate seeded questions with ground truth and scripted teacher paths')
    .requiredOption('--generator <name>', 'maze, relation or count')
    .option('--count <n>', 'items in all; a second call with the same seed goes on', wholeNumber('--count', 1), 100)
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--split <name>', 'train, validation or test', 'train')
    .option('--no-teacher', 'questions only, no teacher paths')
    .option('--reflective <share>', 'share of teacher paths with a mistake and its correction', realNumber('--reflective', 0, 1), 0.15)
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: CommonOptions & GenerateOptions) =>
      withProject(dir, options, async ({ workshop, output }) => {
        const summary = await follow(workshop, startGenerating(workshop, generateRequest(options)).jobId, output)
        if (!output.json) output.line(`${summary['items']} items, ${summary['paths']} teacher paths`)
      }))
}

type GenerateOptions = { generator: string; count: number; seed: number; split: string; teacher: boolean; reflective: number }

function generateRequest(options: GenerateOptions): GenerateRequest {
  const { generator, count, seed, split } = options
  const request = GenerateRequest.safeParse({ generator, count, seed, split, teacherPaths: options.teacher, reflectiveShare: options.reflective })
  if (request.success) return request.data
  const issue = request.error.issues[0]
  throw new SightlineError('bad_input', issue?.message ?? 'The request does not fit', { where: `--${issue?.path.join('.') ?? ''}` })
}
