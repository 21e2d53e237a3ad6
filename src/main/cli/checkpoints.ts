import { existsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type MemoryPlan, type ModelFacts, Workload } from '#shared/domain/modelFacts.ts'
import { alignTable } from '../evaluate/report.ts'
import { startModelImport } from '../jobs/importingModel.ts'
import { describeModel, plansFor } from '../model/modelFacts.ts'
import { listCheckpoints } from '../store/checkpoints.ts'
import { follow } from './follow.ts'
import { type CommonOptions, requested, type Session, wholeNumber, withProject } from './session.ts'

type LoadOptions = { batch: number; tokens: number; images: number; pixels: number; rank: number }

/** `import-model`, `models`: which checkpoints a project has and what they need. */
export function addCheckpointCommands(program: Command): void {
  program
    .command('import-model <dir> <folder>')
    .description('import a Hugging Face folder of a Qwen2-VL or Qwen2.5-VL model')
    .option('--name <name>', 'what the project calls it; default: the folder\'s name')
    .addOption(new Option('--quantize <form>', 'round the decoder\'s linear layers; the log tells what that lost').choices(['4bit']))
    .option('--json', 'one JSON object per event')
    .action((dir: string, folder: string, options: CommonOptions & { name?: string; quantize?: '4bit' }) =>
      withProject(dir, options, async ({ workshop, output }) => {
        const source = resolve(folder)
        if (!existsSync(source)) throw new SightlineError('not_found', 'There is no such folder', { where: source })
        const summary = await follow(workshop, startModelImport(workshop, source, { name: options.name ?? null, quantize: options.quantize !== undefined }).jobId, output)
        if (!output.json) output.line(`${summary['parameters']} parameters, weights ${summary['weights']}; checkpoint ${summary['checkpoint']}`)
      }))

  const defaults = Workload.parse({})
  program
    .command('models <dir>')
    .description('list the checkpoints: shapes, types, and the memory that rollouts, LoRA and full training need')
    .option('--batch <n>', 'sequences at once', wholeNumber('--batch', 1), defaults.batch)
    .option('--tokens <n>', 'tokens of each, pictures included', wholeNumber('--tokens', 1), defaults.tokens)
    .option('--images <n>', 'pictures of each', wholeNumber('--images', 0), defaults.images)
    .option('--pixels <n>', 'model pixels of a picture', wholeNumber('--pixels', 1), defaults.pixels)
    .option('--rank <n>', 'rank of the adapter', wholeNumber('--rank', 1), defaults.rank)
    .option('--json', 'one JSON object per checkpoint')
    .action((dir: string, options: CommonOptions & LoadOptions) => withProject(dir, options, (session) => listModels(session, requested(Workload, options))))
}

async function listModels({ workshop, output }: Session, load: Workload): Promise<void> {
  const machine = totalmem()
  if (!output.json) output.line(`For ${load.batch} x ${load.tokens} tokens with ${load.images} pictures each, on ${gigabytes(machine)} GB:`)
  for (const checkpoint of listCheckpoints(workshop.project)) {
    const described = await describeModel(join(workshop.project.folder, checkpoint.folder))
    const plans = plansFor(described, load, machine)
    output.event({ kind: 'model', checkpoint, facts: described.facts, plans, machineBytes: machine })
    if (!output.json) for (const line of linesOf(checkpoint, join(workshop.project.folder, checkpoint.folder), described.facts, plans)) output.line(line)
  }
}

function linesOf({ id, name }: Checkpoint, folder: string, { family, text, vision, parameters, dtypes, files, tokenizerSize, template }: ModelFacts, plans: readonly MemoryPlan[]): string[] {
  return [
    '',
    `${name} (${id}): ${family}, ${parameters.total.toLocaleString('en')} parameters, ${dtypes.map(({ dtype, bytes }) => `${dtype} ${gigabytes(bytes)} GB`).join(' + ')} in ${files} file${files === 1 ? '' : 's'}`,
    `  ${folder}`,
    `  text ${text.layers} layers x ${text.width}, ${text.heads} heads (${text.keyValueHeads} key-value), vocabulary ${text.vocabulary}${text.tied ? ', tied head' : ''}`,
    `  vision ${vision.depth} blocks x ${vision.width}, ${vision.heads} heads, ${vision.window === 0 ? 'no windows' : `windows of ${vision.window} px`}; tokenizer ${tokenizerSize} ids, ${template === 'own' ? 'its own template' : 'plain ChatML'}`,
    ...alignTable([
      ['use', 'weights', 'gradients', 'moments', 'activations', 'cache', 'total GB', 'fits'],
      ...plans.map((plan) => [plan.use, ...[plan.weights, plan.gradients, plan.moments, plan.activations, plan.cache, plan.total].map(gigabytes), fitsOf(plan)])
    ]).split('\n').map((line) => `  ${line}`)
  ]
}

function fitsOf({ fits, cardBytes, blockInputs }: MemoryPlan): string {
  return cardBytes !== null ? `a card of ${cardBytes / 2 ** 30} GiB` : blockInputs === 'file' ? `${fits}, inputs of blocks in a file` : fits
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 2)
}
