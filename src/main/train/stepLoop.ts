import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { loadRunState, SaveClock, saveRunState } from './runState.ts'
import type { Savable } from './runState.ts'
import { ProgressMeter } from './progress.ts'
import type { StageContext } from './stages/context.ts'

export interface StepPlan {
  phase: string
  totalSteps: number
  /** Everything the steps depend on besides the seed: a saved state goes on only under the same. */
  inputs: unknown
  trainer: Savable
  /** Takes optimizer step `step` (0-based) and returns its numbers. */
  step(step: number): Promise<Record<string, number>>
}

/**
 * Runs the steps of a stage: goes on from the run's saved state, reports each step, saves at intervals, at a pause and at a
 * stop, writes a checkpoint every `checkpointEvery` steps.
 * @returns steps taken in all and whether a stop ended them early.
 */
export async function runSteps(context: StageContext, plan: StepPlan): Promise<{ steps: number; stopped: boolean }> {
  const { bench, report, runFolder, run } = context
  if (context.rehearsalSteps !== null) return rehearse(context, plan, Math.min(context.rehearsalSteps, plan.totalSteps))
  const inputs = createHash('sha256').update(JSON.stringify(plan.inputs)).digest('hex')
  const from = (await loadRunState(runFolder, inputs, plan.trainer))?.step ?? 0
  if (from > 0) report.log('info', `going on from step ${from} of ${plan.totalSteps}`)
  await report.began(from)
  const save = (step: number): Promise<void> => bench.phases.time('save', async () => {
    await report.stored()
    await saveRunState(runFolder, { stage: run.settings.stage, seed: run.seed, step, inputs, device: bench.policy.settings.device ?? 'cpu' }, plan.trainer)
  })
  // What was sampled before the first step is no part of it.
  bench.phases.take()
  const clock = new SaveClock(context.saveSeconds)
  const meter = new ProgressMeter(plan.phase, 'steps', plan.totalSteps, from)
  const { checkpointEvery } = run.settings.config
  for (let step = from; step < plan.totalSteps; step++) {
    // Runs of the model block the thread: between steps the process must hear a stop and send what was reported.
    await setImmediate()
    await context.pausePoint(() => save(step))
    if (context.stopRequested()) {
      await save(step)
      return { steps: step, stopped: true }
    }
    await oneStep(context, plan, step)
    report.progress(meter.at(step + 1))
    if (checkpointEvery > 0 && (step + 1) % checkpointEvery === 0 && step + 1 < plan.totalSteps) {
      await bench.phases.time('save', () => context.checkpoint(step + 1))
    }
    if (clock.due()) await clock.timed(() => save(step + 1))
  }
  await save(plan.totalSteps)
  return { steps: plan.totalSteps, stopped: false }
}

/** Takes a step and tells its numbers, with where its time went and what the process holds. */
async function oneStep({ bench, report }: StageContext, plan: StepPlan, step: number): Promise<void> {
  const began = performance.now()
  const values = await plan.step(step)
  const seconds = (performance.now() - began) / 1000
  const memory = { memoryBytes: process.memoryUsage.rss(), memoryPeakBytes: process.resourceUsage().maxRSS * 1024 }
  const speed = { sampledTokensPerSecond: (values['sampledTokens'] ?? NaN) / bench.phases.of('rollout') }
  report.metrics(step + 1, seconds, plan.totalSteps, finiteOnly({ ...values, ...speed, ...bench.phases.take(), ...memory }))
}

async function rehearse(context: StageContext, plan: StepPlan, steps: number): Promise<{ steps: number; stopped: boolean }> {
  for (let step = 0; step < steps && !context.stopRequested(); step++) await oneStep(context, plan, step)
  return { steps, stopped: true }
}

/** A value that does not exist is left out: NaN is never stored. */
function finiteOnly(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)))
}
