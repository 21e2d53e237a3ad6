import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { diskFullOf } from '#shared/domain/diskFull.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { writeCheckpoint } from '../train/checkpoint.ts'
import { MetricsLog } from '../train/metricsLog.ts'
import { dropRunStates, hasRunState } from '../train/runState.ts'
import { answerSft } from '../train/stages/answerSft.ts'
import { coldStart } from '../train/stages/coldStart.ts'
import type { StageContext, StageReport, StageResult } from '../train/stages/context.ts'
import { dpo } from '../train/stages/dpo.ts'
import { grpo } from '../train/stages/grpo.ts'
import { reflective } from '../train/stages/reflective.ts'
import { checkQuestions } from '../train/questions.ts'
import type { Workbench } from '../train/workbench.ts'
import { readDataset } from './dataset.ts'
import { openBench } from './openBench.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'
import { takeRunLock } from './runLock.ts'

type TrainJob = Extract<EngineJob, { kind: 'train' }>

/** A state is written at most this often; a stage whose steps are longer writes one after each. */
const SAVE_SECONDS = 4
/** What a killed engine leaves half-written in a run's folder. */
const HALF_WRITTEN = /\.(draft|partial|part)$/

/** One training stage from its starting checkpoint (or its saved state) to a checkpoint in Hugging Face form. */
export async function trainJob(job: TrainJob, channel: JobChannel): Promise<JobEnding> {
  const lock = await takeRunLock(job.runFolder, channel.stop, () => {
    channel.emit({ kind: 'log', level: 'info', text: 'an engine of a program that was killed still has this run; waiting for its end' })
  })
  try {
    await removeHalfWritten(job.runFolder)
    return await trainLocked(job, channel)
  } catch (error) {
    throw diskFullOf(error) ?? resumable(error)
  } finally {
    await lock.release()
  }
}

/** A device that failed leaves the last saved state as it is. */
function resumable(error: unknown): unknown {
  if (!(error instanceof SightlineError) || error.code !== 'device' || error.where !== 'webgpu') return error
  return new SightlineError('device', error.message, {
    where: 'webgpu', cause: error, advice: 'What was saved stands: resume the run, on the CPU if it happens again (`train DIR --resume RUN --device cpu`)'
  })
}

async function trainLocked(job: TrainJob, channel: JobChannel): Promise<JobEnding> {
  // Killed after its end, before that could be told: the states went last.
  if (existsSync(join(job.runFolder, 'checkpoint')) && !await hasRunState(job.runFolder)) return { kind: 'finished', summary: { steps: job.run.step } }
  const lines = await readDataset(job.dataset)
  const bench = await openBench(job)
  checkQuestions(lines.map(({ item }) => item), bench)
  const numbers = new RunNumbers(job, channel)
  const write = async (step: number, finished: boolean): Promise<void> => {
    const checkpoint = await checkpointOf(job, bench, step, finished, numbers)
    channel.emit({ kind: 'checkpoint', checkpoint })
  }
  const context: StageContext = {
    run: job.run, runFolder: job.runFolder, lines, bench, saveSeconds: job.saveSeconds ?? SAVE_SECONDS, rehearsalSteps: null, report: reportTo(channel, numbers),
    stopRequested: () => channel.stop.aborted,
    pausePoint: (save) => pausePoint(channel, save),
    checkpoint: (step) => write(step, false)
  }
  const { stopped, steps, summary } = await runStage(context, job.run.settings)
  if (stopped && steps === 0) return { kind: 'stopped' }
  await write(steps, !stopped)
  if (stopped) return { kind: 'stopped' }
  await channel.stored?.()
  await dropRunStates(job.runFolder)
  return { kind: 'finished', summary: { steps, ...summary } }
}

/** The stage a run's settings name. */
export function runStage(context: StageContext, { stage, config }: StageConfig): Promise<StageResult> {
  switch (stage) {
    case 'coldStart': return coldStart(context, config)
    case 'answerSft': return answerSft(context, config)
    case 'reflective': return reflective(context, config)
    case 'grpo': return grpo(context, config)
    case 'dpo': return dpo(context, config)
  }
}

/** The run's numbers in its folder, from when its steps begin. */
class RunNumbers {
  readonly #job: TrainJob
  readonly #channel: JobChannel
  #log: MetricsLog | null = null

  constructor(job: TrainJob, channel: JobChannel) {
    this.#job = job
    this.#channel = channel
  }

  async began(step: number): Promise<void> {
    this.#log = await MetricsLog.open(this.#job.runFolder, step)
    this.#channel.emit({ kind: 'began', step })
  }

  metrics(step: number, seconds: number, totalSteps: number | null, values: Record<string, number>): void {
    this.#log?.append({ step, seconds, values })
    this.#channel.emit({ kind: 'metrics', step, seconds, totalSteps, values })
  }

  async stored(): Promise<void> {
    await this.#log?.flushed()
    await this.#channel.stored?.()
  }

  /** How well the run did from the last multiple of `every` before `step`. */
  score(step: number, every: number): number | undefined {
    return this.#log?.score(every > 0 ? Math.floor((step - 1) / every) * every : 0)
  }
}

function reportTo({ emit }: JobChannel, numbers: RunNumbers): StageReport {
  return {
    progress: (progress) => emit({ kind: 'progress', progress }),
    log: (level, text) => emit({ kind: 'log', level, text }),
    metrics: (step, seconds, totalSteps, values) => numbers.metrics(step, seconds, totalSteps, values),
    trajectory: (trajectory, reward) => emit({ kind: 'trajectory', trajectory, reward }),
    began: (step) => numbers.began(step),
    stored: () => numbers.stored()
  }
}

async function pausePoint({ hold, stop, emit }: JobChannel, save?: () => Promise<void>): Promise<void> {
  if (hold === undefined || !hold.wanted || stop.aborted) return
  await save?.()
  emit({ kind: 'paused' })
  await hold.released(stop)
  if (!stop.aborted) emit({ kind: 'continued' })
}

function checkpointOf(job: TrainJob, bench: Workbench, step: number, finished: boolean, numbers: RunNumbers): Promise<Checkpoint> {
  const { stage, config } = job.run.settings
  return writeCheckpoint(bench, {
    projectFolder: job.projectFolder, runFolder: job.runFolder, runId: job.run.id, step, stage, finished, score: numbers.score(step, config.checkpointEvery)
  })
}

async function removeHalfWritten(runFolder: string): Promise<void> {
  for (const name of await readdir(runFolder)) {
    if (HALF_WRITTEN.test(name)) await rm(join(runFolder, name), { recursive: true, force: true })
  }
}
