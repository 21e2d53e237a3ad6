import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import type { EvaluationRun } from '#shared/domain/evaluation.ts'
import { type EvaluationId, newId, JobId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { JobEvent } from '#shared/domain/job.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { baseCheckpoint } from '../api/baseModel.ts'
import type { ReportSample } from '../evaluate/report.ts'
import { isSampling, type StudyArm, type StudyPlan } from '../evaluate/studyPlan.ts'
import { ArmResult, greedyScores, sampledScores, type SampledScores } from '../evaluate/studyResult.ts'
import { startEvaluation } from '../jobs/evaluation.ts'
import { runGenerating } from '../jobs/generating.ts'
import { startRollout } from '../jobs/rollout.ts'
import { selectItems } from '../jobs/selection.ts'
import { resumeTraining, startTraining } from '../jobs/training.ts'
import { getCheckpoint, listCheckpointsOf } from '../store/checkpoints.ts'
import { getEvaluation } from '../store/evaluations.ts'
import { getItem } from '../store/items.ts'
import { listMetrics } from '../store/metrics.ts'
import { getReward } from '../store/rewards.ts'
import { getRun, listRuns } from '../store/runs.ts'
import { getTrajectory } from '../store/trajectories.ts'
import { follow, type JobSummary } from './follow.ts'
import type { Session } from './session.ts'

/** Train and held-out items come from different seeds, so that no picture is in both. */
const TRAIN_SEED = 0
const HELD_OUT_SEED = 2
const SEED_STRIDE = 1000

/** Rows of a study under one seed, each in this seed's project; a finished row is a file and is never run again. */
export class StudySeed {
  readonly #session: Session
  readonly #plan: StudyPlan
  readonly #seed: number

  constructor(session: Session, plan: StudyPlan, seed: number) {
    this.#session = session
    this.#plan = plan
    this.#seed = seed
  }

  /** Runs what is missing, in the plan's order. @throws SightlineError the failure of a job, or `cancelled` */
  async run(): Promise<void> {
    const { heldOut, lessons, questions, arms } = this.#plan
    await this.#generate(heldOut, 'test', HELD_OUT_SEED)
    await this.#generate(lessons, 'train', TRAIN_SEED)
    for (const arm of arms) {
      if ((await this.#finished(arm.name)) !== null) continue
      if (isSampling(arm)) await this.#generate(questions, 'train', TRAIN_SEED)
      this.#session.output.line(`seed ${this.#seed}: ${arm.label}`)
      await this.#keep(await this.#runArm(arm))
    }
  }

  async #runArm(arm: StudyArm): Promise<ArmResult> {
    const started = Date.now()
    const row = { arm: arm.name, seed: this.#seed, metrics: [], samples: [], summary: {}, note: null, trainSeconds: null }
    try {
      const { checkpoint, run, summary } = await this.#train(arm)
      const trained = Date.now()
      const { scores, samples } = await this.#score(arm, checkpoint)
      return {
        ...row, scores, samples, summary, trainSeconds: run === null ? null : (trained - started) / 1000, scoreSeconds: (Date.now() - trained) / 1000,
        metrics: run === null ? [] : listMetrics(this.#session.workshop.project, run.id)
      }
    } catch (error) {
      // A policy that keeps no path of its own is a result of the study, not its failure.
      if (!isEmptyHarvest(arm, error)) throw error
      return { ...row, scores: null, note: describeError(error), trainSeconds: (Date.now() - started) / 1000, scoreSeconds: 0 }
    }
  }

  /** The row's run, begun or gone on with; its last checkpoint. */
  async #train(arm: StudyArm): Promise<{ checkpoint: Checkpoint; run: TrainingRun | null; summary: JobSummary }> {
    const { workshop } = this.#session
    const start = await this.#startOf(arm)
    if (arm.settings === null) return { checkpoint: start, run: null, summary: {} }
    const preset = `study ${arm.name}`
    const known = listRuns(workshop.project).find((run) => run.preset === preset)
    const { jobId, runId } = known === undefined
      ? startTraining(workshop, {
        settings: arm.settings, preset, startCheckpointId: start.id, parentId: null, tasks: arm.tasks ?? this.#plan.tasks,
        prompt: arm.prompt ?? this.#plan.prompt, drawStyle: this.#plan.drawStyle, seed: this.#seed
      })
      : known.status === 'finished' ? { jobId: null, runId: known.id } : { ...resumeTraining(workshop, known.id), runId: known.id }
    const summary = jobId === null ? {} : await follow(workshop, jobId, this.#session.output)
    const checkpoint = listCheckpointsOf(workshop.project, runId).toSorted((a, b) => (a.step ?? 0) - (b.step ?? 0)).at(-1)
    if (checkpoint === undefined) throw new SightlineError('engine_died', `The row ${arm.name} ended without a checkpoint`, { where: runId })
    return { checkpoint, run: getRun(workshop.project, runId), summary }
  }

  /** @throws SightlineError `not_found` without an embedded model */
  async #startOf(arm: StudyArm): Promise<Checkpoint> {
    const { project, resources } = this.#session.workshop
    const base = baseCheckpoint(project)
    if (base === null) throw new SightlineError('not_found', 'The program holds no embedded model', { where: join(resources, 'pocket'), advice: 'Make one with `node scripts/pocket/train.ts`' })
    const before = this.#plan.arms.find(({ name }) => name === arm.from)
    if (before === undefined) return base
    const run = listRuns(project).find(({ preset }) => preset === `study ${before.name}`)
    const last = run === undefined ? undefined : listCheckpointsOf(project, run.id).toSorted((a, b) => (a.step ?? 0) - (b.step ?? 0)).at(-1)
    return last === undefined ? this.#startOf(before) : getCheckpoint(project, last.id)
  }

  async #score(arm: StudyArm, checkpoint: Checkpoint): Promise<{ scores: NonNullable<ArmResult['scores']>; samples: ReportSample[] }> {
    const { evaluation, samples } = await this.#evaluate(arm, checkpoint)
    return { scores: { greedy: greedyScores(evaluation), sampled: await this.#sample(arm, checkpoint) }, samples }
  }

  /** One greedy path of each held-out item. */
  async #evaluate(arm: StudyArm, checkpoint: Checkpoint): Promise<{ evaluation: EvaluationRun; samples: ReportSample[] }> {
    const { workshop, output } = this.#session
    const { project } = workshop
    const { jobId } = startEvaluation(workshop, {
      checkpointId: checkpoint.id, label: arm.label, split: 'test', tasks: this.#plan.tasks, limitPerTask: this.#plan.greedy.limitPerTask,
      temperature: 0, prompt: arm.prompt ?? this.#plan.prompt, drawStyle: this.#plan.drawStyle, seed: this.#seed
    })
    const seen = new Events()
    await follow(workshop, jobId, output, (event) => seen.add(event))
    if (seen.evaluationId === null) throw new SightlineError('engine_died', 'The evaluation ended without scores', { where: jobId })
    const paths = seen.trajectoryIds.map((id) => this.#path(arm, id))
    const samples = [...Map.groupBy(paths, ({ item }) => item.task).values()].flatMap((group) => group.toSorted((a, b) => better(b) - better(a)).slice(0, 1))
    return { evaluation: getEvaluation(project, seen.evaluationId), samples }
  }

  /** Several paths at a temperature of a part of the items. */
  async #sample(arm: StudyArm, checkpoint: Checkpoint): Promise<SampledScores> {
    const { workshop, output } = this.#session
    const { limitPerTask, samplesPerItem, temperature } = this.#plan.sampled
    const itemIds = [...selectItems(workshop.project, 'test', this.#plan.tasks, limitPerTask).keys()]
    const manner = { prompt: arm.prompt ?? this.#plan.prompt, drawStyle: this.#plan.drawStyle }
    const { jobId } = startRollout(workshop, { itemIds, checkpointId: checkpoint.id, samplesPerItem, temperature, seed: this.#seed }, manner)
    const seen = new Events()
    await follow(workshop, jobId, output, (event) => seen.add(event))
    const paths = seen.trajectoryIds.flatMap((id) => {
      const { item, trajectory, reward } = this.#path(arm, id)
      return reward === null ? [] : [{ item, itemId: item.id, trajectory, reward }]
    })
    return sampledScores(paths, samplesPerItem)
  }

  #path(arm: StudyArm, id: TrajectoryId): ReportSample {
    const { project } = this.#session.workshop
    const trajectory = getTrajectory(project, id)
    return { stage: arm.label, item: getItem(project, trajectory.itemId), trajectory, reward: getReward(project, id) }
  }

  async #generate(wishes: StudyPlan['lessons'], split: 'train' | 'test', kind: number): Promise<void> {
    const { workshop, output } = this.#session
    for (const wish of wishes) {
      const jobId = newId(JobId)
      workshop.runner.submit({
        id: jobId, kind: 'generate', title: jobTitle('generate', { count: wish.count, generator: wish.generator }), lane: 'data', runId: null,
        work: (context) => runGenerating(workshop, context, { ...wish, split, seed: this.#seed * SEED_STRIDE + kind })
      })
      await follow(workshop, jobId, output)
    }
  }

  async #finished(arm: string): Promise<ArmResult | null> {
    return await readArm(armFile(this.#session.workshop.project.folder, arm))
  }

  /** Written whole or not at all. */
  async #keep(result: ArmResult): Promise<void> {
    const file = armFile(this.#session.workshop.project.folder, result.arm)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(`${file}.part`, `${JSON.stringify(result)}\n`)
    await rename(`${file}.part`, file)
  }
}

/** What a job's events named. */
class Events {
  readonly trajectoryIds: TrajectoryId[] = []
  evaluationId: EvaluationId | null = null

  add({ body }: JobEvent): void {
    if (body.kind === 'trajectory') this.trajectoryIds.push(body.trajectoryId)
    if (body.kind === 'evaluation') this.evaluationId = body.evaluationId
  }
}

/** A right path shows more than a wrong one, a corrected one more than a smooth one. */
function better({ reward }: ReportSample): number {
  return (reward?.correct ?? 0) * 2 + Number(reward?.reflective ?? false)
}

function isEmptyHarvest({ settings }: StudyArm, error: unknown): error is SightlineError {
  return settings?.stage === 'reflective' && error instanceof SightlineError && error.code === 'bad_input'
}

function armFile(project: string, arm: string): string {
  return join(project, 'arms', `${arm}.json`)
}

async function readArm(file: string): Promise<ArmResult | null> {
  return existsSync(file) ? ArmResult.parse(JSON.parse(await readFile(file, 'utf8'))) : null
}

/** The rows that a seed's project has finished, in the plan's order. */
export async function readArms(project: string, plan: StudyPlan): Promise<ArmResult[]> {
  const rows = await Promise.all(plan.arms.map(({ name }) => readArm(armFile(project, name))))
  return rows.filter((row) => row !== null)
}
