import type { Command } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import { baseCheckpoint } from '../api/baseModel.ts'
import { forkPipeline, startPipeline } from '../jobs/pipeline.ts'
import { readPlan, scaledPlan } from '../jobs/pipelinePlan.ts'
import { follow } from './follow.ts'
import { chooseCheckpoint, type CommonOptions, deviceWish, realNumber, type Session, wholeNumber, withProject } from './session.ts'

type PipelineOptions = CommonOptions & { readonly seed: number; readonly minutes: number; readonly from?: string; readonly stage: readonly string[] }

/** `pipeline`: the stages one after the other, each from the last one's best checkpoint, with an evaluation after each. */
export function addPipelineCommand(program: Command): void {
  program
    .command('pipeline <dir>')
    .description('cold start, reflective sampling and GRPO one after the other, each from the best checkpoint of the last, evaluated between')
    .option('--from <checkpoint>', 'go on from this one (id or name) with the stages after its own, on the data the project has')
    .option('--stage <label>', 'only this stage of the plan (again for more)', (label: string, all: string[]) => [...all, label], [])
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--minutes <m>', 'about how long it may take on two cores', realNumber('--minutes', 0.1, 600), 15)
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--device <name>', 'cpu, webgpu or auto (default: as `devices` says)', deviceWish)
    .option('--json', 'one JSON object per event')
    .action((dir: string, options: PipelineOptions) => withProject(dir, options, (session) => pipeline(session, options)))
}

async function pipeline({ workshop, output }: Session, { from, stage, seed, minutes, device }: PipelineOptions): Promise<void> {
  const plan = scaledPlan(await readPlan(workshop.resources), minutes)
  const stages = stage.length === 0 ? null : stage.map((label) => stageCalled(plan.stages, label))
  const { jobId } = from === undefined
    ? startPipeline(workshop, { startCheckpointId: baseOf(workshop.project).id, seed, minutes, stages, device })
    : await forkPipeline(workshop, { checkpointId: chooseCheckpoint(workshop, from).id, seed, minutes, stages, device })
  const summary = await follow(workshop, jobId, output)
  if (!output.json) output.line(`${summary['stages']} stages trained; the last checkpoint is ${summary['checkpoint']}`)
}

function stageCalled<S extends { label: string }>(stages: readonly S[], label: string): S {
  const found = stages.find((stage) => stage.label === label)
  if (found !== undefined) return found
  throw new SightlineError('not_found', `The plan has no stage '${label}'`, { where: '--stage', advice: `It has: ${stages.map((stage) => stage.label).join(', ')}` })
}

function baseOf(project: Session['workshop']['project']) {
  const base = baseCheckpoint(project)
  if (base !== null) return base
  throw new SightlineError('not_found', 'The project has no base model to start from', { where: project.folder, advice: 'Name a checkpoint with --from' })
}
