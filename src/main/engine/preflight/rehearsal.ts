import { SightlineError } from '#shared/domain/errors.ts'
import { finding, type PreflightCheck } from '#shared/domain/preflight.ts'
import type { StageConfig, StepMetrics } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { StageContext } from '../../train/stages/context.ts'
import type { Workbench } from '../../train/workbench.ts'
import type { JobChannel } from '../jobChannel.ts'
import type { DatasetLine, PreflightJob } from '../protocol.ts'
import { runStage } from '../trainJob.ts'
import { rolloutCount, stepsOf } from './extent.ts'
import type { RunLoad } from './load.ts'
import { gigabytes, TIGHT } from './memory.ts'

/** What a few steps of a stage took; their weights are thrown away with the process. */
export interface Rehearsal {
  /** Rollouts made, and seconds they took. */
  rollouts: number
  rolloutSeconds: number
  /** Of a step of the whole run's size, rollouts left out; null when nothing could be learnt from what was sampled. */
  stepSeconds: number | null
  /** The numbers of the last step tried, and what it took; of the rollouts where there was none. */
  values: Record<string, number>
  seconds: number
  bytesPerPath: number
  peakBytes: number
}

/** The first step builds the graphs and tells nothing about the others. */
const STEPS = 2
/** Questions rolled out for a step of reinforcement learning. */
const PROMPTS = 1
/** Rollouts of a question where the run itself makes more. */
const GROUP = 8

/** Takes two small steps of the run's own stage. @throws SightlineError what the run itself would fail with */
export async function rehearse(job: PreflightJob, lines: DatasetLine[], bench: Workbench, channel: JobChannel): Promise<Rehearsal> {
  const { settings } = job.run
  const seen: { path: Trajectory; bytes: number }[] = []
  const steps: StepMetrics[] = []
  const play = (played: StageConfig, on: DatasetLine[]): Promise<void> => playStage(job, played, on, bench, channel, steps, seen)
  try {
    await play(shortened(settings), someLines(lines, settings))
  } catch (error) {
    // Too little that could be kept is what the whole run will tell, not a few rollouts of it.
    if (!(error instanceof SightlineError && error.code === 'bad_input' && seen.length > 0)) throw error
  }
  // Rollouts of the last step where steps roll out: the first ones built the graphs.
  const counted = settings.stage === 'grpo' ? steps.slice(-1) : steps
  const rollouts = settings.stage === 'grpo' ? seen.length / Math.max(1, steps.length) : seen.length
  const rolloutSeconds = bench.phases.of('rollout') + counted.reduce((sum, { values }) => sum + (values['secondsRollout'] ?? 0), 0)
  bench.phases.take()
  if (steps.length === 0 && seen.length > 0) await play(asColdStart(settings), linesOf(lines, seen.map(({ path }) => path)))
  const last = steps.at(-1)
  return {
    rollouts, rolloutSeconds, stepSeconds: last === undefined ? null : wholeStep(settings, last), values: last?.values ?? {}, seconds: last?.seconds ?? rolloutSeconds,
    bytesPerPath: seen.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, seen.length), peakBytes: process.resourceUsage().maxRSS * 1024
  }
}

async function playStage(
  job: PreflightJob, settings: StageConfig, lines: DatasetLine[], bench: Workbench, channel: JobChannel, steps: StepMetrics[], seen: { path: Trajectory; bytes: number }[]
): Promise<void> {
  const context: StageContext = {
    run: { ...job.run, settings }, runFolder: job.runFolder, lines, bench, saveSeconds: Infinity, rehearsalSteps: STEPS,
    report: {
      progress: (progress) => channel.emit({ kind: 'progress', progress: { ...progress, phase: 'dry run' } }),
      log: () => undefined,
      metrics: (step, seconds, _total, values) => steps.push({ step, seconds, values }),
      trajectory: (path) => seen.push({ path, bytes: JSON.stringify(path).length }),
      began: () => Promise.resolve(),
      stored: () => Promise.resolve()
    },
    stopRequested: () => channel.stop.aborted,
    pausePoint: () => Promise.resolve(),
    checkpoint: () => Promise.resolve()
  }
  await runStage(context, settings)
}

/** The stage with few rollouts. A little KL makes every rollout count, also where all of a group earned the same. */
function shortened(settings: StageConfig): StageConfig {
  const { stage, config } = settings
  switch (stage) {
    case 'grpo': return { stage, config: { ...config, promptsPerStep: PROMPTS, groupSize: Math.min(config.groupSize, GROUP), maxResamples: 0, klBeta: config.klBeta || 1e-9 } }
    case 'reflective': return { stage, config: { ...config, samplesPerItem: Math.min(config.samplesPerItem, GROUP) } }
    case 'dpo': return { stage, config: { ...config, groupSize: Math.min(config.groupSize, GROUP) } }
    case 'coldStart':
    case 'answerSft': return settings
  }
}

/** Supervised learning on whatever was sampled, with the stage's own batch and parameters. */
function asColdStart({ config }: StageConfig): StageConfig {
  const batchSize = 'batchSize' in config ? config.batchSize : 1
  return { stage: 'coldStart', config: { ...config, batchSize, epochs: STEPS, maskMistakes: false, maskRejected: true, learnStop: true, minTeacherSteps: 1 } }
}

/** Enough lines for the steps: of all of them an even choice, so that short and long ones are there. */
function someLines(lines: DatasetLine[], { config }: StageConfig): DatasetLine[] {
  const wanted = 'batchSize' in config ? STEPS * config.batchSize : STEPS * PROMPTS
  const stride = Math.max(1, Math.floor(lines.length / wanted))
  return lines.filter((_, index) => index % stride === 0).slice(0, wanted)
}

function linesOf(lines: readonly DatasetLine[], paths: readonly Trajectory[]): DatasetLine[] {
  return lines.flatMap(({ item }) => {
    const trajectories = paths.filter(({ itemId }) => itemId === item.id)
    return trajectories.length === 0 ? [] : [{ item, trajectories }]
  })
}

/** Seconds of one step of the run's size besides its rollouts: an update grows with the paths it learns from. */
function wholeStep({ stage, config }: StageConfig, { seconds, values }: StepMetrics): number {
  const rest = seconds - (values['secondsRollout'] ?? 0)
  if (stage !== 'grpo') return rest
  const compared = config.klBeta > 0 ? 0 : (values['secondsReference'] ?? 0)
  return ((rest - compared) * config.promptsPerStep * config.groupSize) / (PROMPTS * Math.min(config.groupSize, GROUP))
}

/** What the dry run took, and whether its memory leaves room. */
export function dryRunCheck({ rollouts, rolloutSeconds, stepSeconds, values, seconds, peakBytes }: Rehearsal, machineBytes: number): PreflightCheck {
  const phases = Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith('seconds')))
  const parts = [
    ...(rollouts > 0 ? [`${rollouts} rollouts in ${rolloutSeconds.toFixed(1)} s`] : []),
    stepSeconds === null ? 'nothing to learn from among them' : `a step of the run's size takes ${stepSeconds.toFixed(1)} s besides`,
    `${gigabytes(peakBytes)} GB of memory at most`
  ]
  const high = peakBytes > TIGHT * machineBytes
  const findings = [
    ...(rollouts > 0 ? [finding('dryRunSampled', { rollouts, seconds: rolloutSeconds })] : []),
    stepSeconds === null ? finding('dryRunNothing') : finding('dryRunStep', { seconds: stepSeconds }),
    finding('dryRunPeak', { peakBytes }), ...(high ? [finding('dryRunPeakHigh', { machineBytes })] : [])
  ]
  return {
    name: 'dryRun', state: high ? 'warning' : 'ok', message: parts.join(', '), findings, error: null,
    numbers: { seconds, rollouts, rolloutSeconds, peakBytes, machineBytes, ...(stepSeconds === null ? {} : { stepSeconds }), ...phases }
  }
}

/** What the run will take, from the dry run; larger batches of rollouts decode faster than this says. */
export function timeCheck(settings: StageConfig, load: RunLoad, { rollouts, rolloutSeconds, stepSeconds }: Rehearsal): PreflightCheck {
  const steps = stepsOf(settings, load)
  const sampling = rollouts === 0 ? 0 : (rolloutSeconds / rollouts) * rolloutCount(settings, load)
  const seconds = sampling + steps * (stepSeconds ?? 0)
  const findings = [finding('timeTakes', { seconds, steps }), ...(sampling > 0 ? [finding('timeSampling', { seconds: sampling })] : [])]
  return {
    name: 'time', state: 'ok', error: null, findings, numbers: { seconds, samplingSeconds: sampling, steps, secondsPerStep: stepSeconds ?? 0 },
    message: `About ${spoken(seconds)} for ${steps} steps${sampling > 0 ? `, ${spoken(sampling)} of it sampling` : ''}`
  }
}

function spoken(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`
  const minutes = seconds / 60
  return minutes < 100 ? `${minutes.toFixed(0)} min` : minutes < 60 * 48 ? `${(minutes / 60).toFixed(1)} h` : `${(minutes / 60 / 24).toFixed(1)} days`
}
