import { mkdir, writeFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import type { EvaluationId, RunId } from '#shared/domain/ids.ts'
import type { JobEvent } from '#shared/domain/job.ts'
import { baseCheckpoint } from '../api/baseModel.ts'
import { alignTable, type Report, type ReportSample, type ReportStage, stageTable } from '../evaluate/report.ts'
import { renderReportPage } from '../evaluate/reportPage.ts'
import { startPipeline } from '../jobs/pipeline.ts'
import { programVersion, type Workshop } from '../jobs/workshop.ts'
import { getEvaluation } from '../store/evaluations.ts'
import { getItem } from '../store/items.ts'
import { listMetrics } from '../store/metrics.ts'
import { getReward } from '../store/rewards.ts'
import { getRun } from '../store/runs.ts'
import { getTrajectory, listTrajectories } from '../store/trajectories.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { duration } from './output.ts'
import { follow } from './follow.ts'
import { type CommonOptions, realNumber, type Session, wholeNumber, withProject } from './session.ts'

type DemoOptions = CommonOptions & { readonly seed: number; readonly minutes: number }

/** Paths of each task that the report shows for each stage. */
const SAMPLES_PER_TASK = 1

/** `demo`: the whole course on the embedded model, then a table, report.json and report.html in the project. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo [dir]')
    .description('generate, evaluate, cold start, reflective sampling, GRPO on the embedded model; write a report')
    .option('--seed <n>', 'seed', wholeNumber('--seed', 0), 1)
    .option('--minutes <m>', 'about how long it may take on two cores', realNumber('--minutes', 0.1, 600), 15)
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--json', 'one JSON object per event')
    .action((dir: string | undefined, options: DemoOptions) => withProject(dir ?? 'projects/demo', { ...options, create: true }, (session) => demo(session, options)))
}

async function demo({ workshop, output }: Session, options: DemoOptions): Promise<void> {
  const base = baseCheckpoint(workshop.project)
  if (base === null) throw new SightlineError('not_found', 'The program holds no embedded model', { where: join(workshop.resources, 'pocket'), advice: 'Make one with `node scripts/pocket/train.ts`' })
  const started = Date.now()
  const course = new Course()
  const { jobId } = startPipeline(workshop, { startCheckpointId: base.id, seed: options.seed, minutes: options.minutes })
  await follow(workshop, jobId, output, (event) => course.see(event))
  const report = await makeReport(workshop, course, options, (Date.now() - started) / 1000)
  const page = await writeReport(workshop, report)
  output.event({ kind: 'report', file: page, stages: report.stages.map(({ name, evaluation }) => ({ name, scores: evaluation.scores, overall: evaluation.overall })) })
  if (output.json) return
  output.line(alignTable(stageTable(report.stages)))
  output.line(`${duration(report.seconds)} in all; report: ${page}`)
}

/** What the pipeline's events say happened: evaluations in order, and the run (with its time) before each. */
class Course {
  readonly evaluations: { id: EvaluationId; runId: RunId | null; seconds: number | null }[] = []
  #run: { id: RunId; at: number } | null = null
  #trained: number | null = null

  see({ body, at }: JobEvent): void {
    if (body.kind === 'run') this.#run = { id: body.runId, at: Date.parse(at) }
    if (body.kind === 'checkpoint' && this.#run !== null) this.#trained = (Date.parse(at) - this.#run.at) / 1000
    if (body.kind !== 'evaluation') return
    this.evaluations.push({ id: body.evaluationId, runId: this.#run?.id ?? null, seconds: this.#trained })
    this.#run = null
    this.#trained = null
  }
}

async function makeReport({ project }: Workshop, course: Course, options: DemoOptions, seconds: number): Promise<Report> {
  const stages = course.evaluations.map(({ id, runId, seconds: trained }): ReportStage => {
    const evaluation = getEvaluation(project, id)
    return { name: evaluation.label, evaluation, run: runId === null ? null : getRun(project, runId), metrics: runId === null ? [] : listMetrics(project, runId), seconds: trained }
  })
  return {
    title: `Sightline demo: ${project.name}`, machine: machineName(), version: programVersion(), seed: options.seed, minutes: options.minutes, seconds,
    stages, samples: stages.flatMap((stage) => samplesOf(project, stage)), createdAt: new Date().toISOString()
  }
}

/** Of each task the first path of this stage's evaluation, a correct one where there is one. */
function samplesOf(project: Workshop['project'], stage: ReportStage): ReportSample[] {
  const { checkpointId, scores } = stage.evaluation
  return scores.flatMap(({ task }) => {
    const seen = { checkpointId, task, origin: 'model' as const }
    const right = listTrajectories(project, { ...seen, correct: true }, { limit: SAMPLES_PER_TASK }).rows
    const rows = right.length > 0 ? right : listTrajectories(project, seen, { limit: SAMPLES_PER_TASK }).rows
    return rows.map(({ id }) => {
      const trajectory = getTrajectory(project, TrajectoryId.parse(id))
      return { stage: stage.name, item: getItem(project, trajectory.itemId), trajectory, reward: getReward(project, trajectory.id) }
    })
  })
}

/** Writes report.json and report.html into the project. @returns the page's path */
async function writeReport({ project }: Workshop, report: Report): Promise<string> {
  const blobs = new Set(report.samples.flatMap(({ item, trajectory }) => [...item.images, ...trajectory.steps.flatMap((step) => step.observations.map(({ image }) => image))]))
  const pictures = new Map<string, string>()
  for (const { blob, mime } of blobs) pictures.set(blob, `data:${mime};base64,${Buffer.from(await project.blobs.get(blob)).toString('base64')}`)
  await mkdir(project.folder, { recursive: true })
  await writeFile(join(project.folder, 'report.json'), `${JSON.stringify(report, null, 1)}\n`)
  const page = join(project.folder, 'report.html')
  await writeFile(page, renderReportPage(report, (blob) => pictures.get(blob) ?? ''))
  return page
}

/** Processors and memory, as reports name the machine. */
export function machineName(): string {
  return `${availableParallelism()} x ${cpus()[0]?.model.trim() || arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB`
}
