import { type Command, Option } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import { type CheckpointId, RunId } from '#shared/domain/ids.ts'
import { EvaluateRequest, type StartTraining } from '#shared/contract/training.ts'
import type { Split } from '#shared/domain/datasetItem.ts'
import { type Preset, Stage, StageConfig } from '#shared/domain/trainingRun.ts'
import { readPresets } from '../api/training.ts'
import { alignTable, stageTable } from '../evaluate/report.ts'
import { startEvaluation } from '../jobs/evaluation.ts'
import { preflightOf } from '../jobs/preflight.ts'
import { startRollout } from '../jobs/rollout.ts'
import { resumeTraining, startTraining } from '../jobs/training.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { bestCheckpointOf } from '../store/checkpoints.ts'
import { getEvaluation } from '../store/evaluations.ts'
import { listItemIds } from '../store/items.ts'
import { getRun } from '../store/runs.ts'
import { follow, showPreflight } from './follow.ts'
import type { Output } from './output.ts'
import { chooseCheckpoint, type CommonOptions, deviceWish, realNumber, requested, type Session, splitName, wholeNumber, withProject } from './session.ts'

type Manner = { readonly prompt: string; readonly style: string }
type RolloutOptions = CommonOptions & Manner & { checkpoint: string; task?: string; split: Split; limit: number; samples: number; temperature: number; seed: number }
type TrainOptions = CommonOptions & Partial<Manner> & { preset?: string; stage?: string; set: string[]; task: string[]; checkpoint: string; seed: number; resume?: string; from?: string; again?: string; dryRun?: boolean }
type EvaluateOptions = CommonOptions & Manner & { checkpoint: string; label: string; split: Split; task: string[]; limit: number; temperature: number; seed: number }

/** Options of `train` that a run brings along: naming them beside it would be silently ignored. */
const OWN_SETTINGS = ['prompt', 'style', 'preset', 'stage', 'set', 'task', 'checkpoint', 'seed']

const collect = (value: string, all: string[]) => [...all, value]

/** `rollout`, `train`, `evaluate`: what a model does and learns. */
export function addModelCommands(program: Command): void {
  mannered(program.command('rollout <dir>').description('let a model write reasoning paths'))
    .option('--task <name>', 'only this task')
    .option('--split <name>', 'train, validation or test', splitName, 'test')
    .option('--limit <n>', 'items at most', wholeNumber('--limit', 1), 32)
    .option('--samples <n>', 'paths per item', wholeNumber('--samples', 1), 1)
    .option('--temperature <t>', '0 = greedy', realNumber('--temperature', 0, 2), 1)
    .action((dir: string, options: RolloutOptions) => withProject(dir, options, (session) => rollOut(session, options)))

  common(program.command('train <dir>').description('run one stage of training'))
    .option('--prompt <name>', 'a prompt of resources/prompts (default: the preset\'s, else pocket)')
    .option('--style <name>', 'a drawing style of resources/drawStyles (default: the preset\'s, else pocket)')
    .option('--preset <name>', 'a preset of resources/presets')
    .option('--stage <name>', `${Stage.options.join(', ')}, with its defaults`)
    .option('--set <key=value>', 'change a setting of the stage (again for more)', collect, [])
    .option('--task <name>', 'only this task (again for more)', collect, [])
    .addOption(new Option('--resume <run>', 'go on with a stopped run').conflicts([...OWN_SETTINGS, 'from', 'again', 'dryRun']))
    .addOption(new Option('--from <run>', 'start from the best checkpoint of this run, as its child').conflicts('checkpoint'))
    .addOption(new Option('--again <run>', 'run it once more: the same settings from the same checkpoint, as its child').conflicts([...OWN_SETTINGS, 'from']))
    .option('--dry-run', 'only look: settings, questions, memory, disk, and two small steps for the time; starts nothing')
    .action((dir: string, options: TrainOptions) => withProject(dir, options, (session) => train(session, options)))

  mannered(program.command('evaluate <dir>').description('score a model on held-out items'))
    .option('--label <text>', 'name of the evaluation', '')
    .option('--split <name>', 'train, validation or test', splitName, 'test')
    .option('--task <name>', 'only this task (again for more)', collect, [])
    .option('--limit <n>', 'items per task, 0 = all', wholeNumber('--limit', 0), 64)
    .option('--temperature <t>', '0 = greedy', realNumber('--temperature', 0, 2), 0)
    .action((dir: string, options: EvaluateOptions) => withProject(dir, options, (session) => evaluate(session, options)))
}

function mannered(command: Command): Command {
  return common(command)
    .option('--prompt <name>', 'a prompt of resources/prompts', 'pocket')
    .option('--style <name>', 'a drawing style of resources/drawStyles', 'pocket')
}

function common(command: Command): Command {
  return command
    .option('--checkpoint <name>', 'id, name, base or latest', 'latest')
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--device <name>', 'cpu, webgpu or auto (default: as `devices` says)', deviceWish)
    .option('--json', 'one JSON object per event')
}

async function rollOut({ workshop, output }: Session, options: RolloutOptions): Promise<void> {
  const itemIds = listItemIds(workshop.project, { split: options.split, ...(options.task === undefined ? {} : { task: options.task }) }).slice(0, options.limit)
  if (itemIds.length === 0) throw new SightlineError('bad_input', 'There is no item to roll out on', { where: `split ${options.split}`, advice: 'Generate or import some' })
  const request = { itemIds, checkpointId: chooseCheckpoint(workshop, options.checkpoint).id, samplesPerItem: options.samples, temperature: options.temperature, seed: options.seed, device: options.device }
  const { jobId } = startRollout(workshop, request, { prompt: options.prompt, drawStyle: options.style })
  const summary = await follow(workshop, jobId, output)
  if (!output.json) output.line(Object.entries(summary).map(([name, value]) => `${name} ${value}`).join(', '))
}

async function train({ workshop, output }: Session, options: TrainOptions): Promise<void> {
  if (options.resume !== undefined) {
    await follow(workshop, resumeTraining(workshop, RunId.parse(options.resume), options.device === 'auto' ? undefined : options.device).jobId, output)
    return
  }
  const asked = options.again === undefined ? await requestOf(workshop, options) : requestAgain(workshop, RunId.parse(options.again))
  const request: StartTraining = { ...asked, device: options.device }
  if (options.dryRun === true) return await look(workshop, output, request)
  const { runId, jobId } = startTraining(workshop, request)
  await follow(workshop, jobId, output)
  if (!output.json) output.line(`Run ${runId} finished; its checkpoint is 'latest'`)
}

async function requestOf(workshop: Workshop, options: TrainOptions): Promise<StartTraining> {
  const preset = options.preset === undefined ? null : presetCalled(await readPresets(workshop.resources), options.preset)
  const parentId = options.from === undefined ? null : getRun(workshop.project, RunId.parse(options.from)).id
  return {
    settings: changedSettings(preset?.settings ?? defaultsOf(options.stage ?? 'coldStart'), options.set),
    // Settings changed by hand are that preset's no longer.
    preset: options.set.length === 0 ? preset?.name ?? null : null, parentId, tasks: options.task, seed: options.seed,
    startCheckpointId: parentId === null ? chooseCheckpoint(workshop, options.checkpoint).id : bestOf(workshop, parentId), prompt: options.prompt ?? preset?.prompt ?? 'pocket',
    drawStyle: options.style ?? preset?.drawStyle ?? 'pocket'
  }
}

function requestAgain({ project }: Workshop, runId: RunId): StartTraining {
  const { settings, preset, tasks, prompt, drawStyle, seed, startCheckpointId } = getRun(project, runId)
  return { settings, preset, tasks, prompt, drawStyle, seed, startCheckpointId, parentId: runId }
}

function bestOf({ project }: Workshop, runId: RunId): CheckpointId {
  const best = bestCheckpointOf(project, runId)
  if (best !== null) return best.id
  throw new SightlineError('not_found', 'This run has no checkpoint yet', { where: runId, advice: 'Go on with it: `train DIR --resume RUN`' })
}

/** What a start would find. @throws SightlineError what the start would fail with */
async function look(workshop: Workshop, output: Output, request: StartTraining): Promise<void> {
  const interrupt = new AbortController()
  const stop = (): void => interrupt.abort()
  process.once('SIGINT', stop)
  try {
    const preflight = await preflightOf(workshop, request, interrupt.signal)
    output.event({ kind: 'preflight', preflight })
    if (!output.json) showPreflight(preflight, output)
    const failed = preflight.checks.find(({ error }) => error !== null)
    if (failed?.error) throw SightlineError.fromRecord(failed.error)
  } finally {
    process.off('SIGINT', stop)
  }
}

async function evaluate({ workshop, output }: Session, options: EvaluateOptions): Promise<void> {
  const checkpoint = chooseCheckpoint(workshop, options.checkpoint)
  const request = requested(EvaluateRequest, {
    checkpointId: checkpoint.id, label: options.label, split: options.split, tasks: options.task, limitPerTask: options.limit,
    temperature: options.temperature, prompt: options.prompt, drawStyle: options.style, seed: options.seed, device: options.device
  })
  await follow(workshop, startEvaluation(workshop, request).jobId, output, ({ body }) => {
    if (body.kind !== 'evaluation') return
    const evaluation = getEvaluation(workshop.project, body.evaluationId)
    output.event({ kind: 'scores', evaluation })
    if (!output.json) output.line(alignTable(stageTable([{ name: evaluation.label, evaluation, run: null, metrics: [], seconds: null }])))
  })
}

/** A stage's settings with each `--set key=value` on top. @throws SightlineError `bad_input` for a setting or value the stage does not have */
export function changedSettings(base: StageConfig, sets: readonly string[]): StageConfig {
  const changes = sets.map((text): [string, unknown] => {
    const [key = '', value = ''] = text.split(/=(.*)/s)
    if (!(key in base.config)) throw new SightlineError('bad_input', `The stage ${base.stage} has no setting '${key}'`, { where: '--set', advice: `It has: ${Object.keys(base.config).join(', ')}` })
    return [key, value === 'true' ? true : value === 'false' ? false : Number.isNaN(Number(value)) ? value : Number(value)]
  })
  const settings = StageConfig.safeParse({ stage: base.stage, config: { ...base.config, ...Object.fromEntries(changes) } })
  if (settings.success) return settings.data
  const issue = settings.error.issues[0]
  throw new SightlineError('bad_input', issue?.message ?? 'The settings do not fit', { where: `--set ${issue?.path.at(-1)?.toString() ?? ''}` })
}

function defaultsOf(stage: string): StageConfig {
  const settings = StageConfig.safeParse({ stage, config: {} })
  if (settings.success) return settings.data
  throw new SightlineError('bad_input', `There is no stage '${stage}'`, { where: '--stage', advice: `Stages: ${Stage.options.join(', ')}` })
}

function presetCalled(presets: readonly Preset[], name: string): Preset {
  const preset = presets.find((candidate) => candidate.name === name)
  if (preset !== undefined) return preset
  throw new SightlineError('not_found', `There is no preset '${name}'`, { where: '--preset', advice: `There are: ${presets.map((candidate) => candidate.name).join(', ')}` })
}
