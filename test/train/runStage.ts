import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reward } from '#shared/domain/reward.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { openBench } from '#main/engine/openBench.ts'
import { answerSft } from '#main/train/stages/answerSft.ts'
import { coldStart } from '#main/train/stages/coldStart.ts'
import type { StageContext, StageResult, TrainingLine } from '#main/train/stages/context.ts'
import { dpo } from '#main/train/stages/dpo.ts'
import { grpo } from '#main/train/stages/grpo.ts'
import { reflective } from '#main/train/stages/reflective.ts'
import { trainJobOf } from '../engine/tinyProject.ts'
import type { TinyProject } from '../engine/tinyProject.ts'

class Killed extends Error {}

export interface Outcome {
  losses: Map<number, Record<string, number>>
  paths: { trajectory: Trajectory; reward: Reward }[]
  logs: string[]
  result: StageResult | null
}

export interface RunOptions {
  /** Dies after that step is taken and before its state is saved. */
  killAt?: number
  into?: Outcome['losses']
  prompt?: string
  lines?: TrainingLine[]
  /** The policy it ends with is saved below the project and becomes its checkpoint. */
  keep?: boolean
}

/** Runs a stage as the engine does. */
export async function runStage(project: TinyProject, name: string, settings: { stage: string; config: object }, options: RunOptions = {}): Promise<Outcome> {
  const { killAt = Infinity, into = new Map<number, Record<string, number>>(), prompt = 'pocket', lines = project.lines } = options
  const job = { ...trainJobOf(project, name, settings), prompt }
  await mkdir(job.runFolder, { recursive: true })
  const bench = await openBench(job)
  const outcome: Outcome = { losses: into, paths: [], logs: [], result: null }
  const context: StageContext = {
    run: job.run, runFolder: job.runFolder, lines, bench, saveSeconds: 0, rehearsalSteps: null, stopRequested: () => false,
    pausePoint: () => Promise.resolve(), checkpoint: () => Promise.resolve(),
    report: {
      began: () => Promise.resolve(), stored: () => Promise.resolve(),
      progress: () => undefined, log: (_level, text) => outcome.logs.push(text),
      metrics: (step, _seconds, _total, values) => {
        if (step === killAt) throw new Killed()
        into.set(step, values)
      },
      trajectory: (trajectory, reward) => outcome.paths.push({ trajectory, reward })
    }
  }
  try {
    const result = await stageOf(context, job.run.settings)
    if (options.keep) {
      const { hash } = await bench.policy.save(join(project.folder, 'models', name))
      project.checkpoint = { ...project.checkpoint, folder: `models/${name}`, hash }
    }
    return { ...outcome, result }
  } catch (error) {
    if (error instanceof Killed) return outcome
    throw error
  } finally {
    await bench.policy.close()
  }
}

function stageOf(context: StageContext, { stage, config }: StageConfig): Promise<StageResult> {
  switch (stage) {
    case 'coldStart': return coldStart(context, config)
    case 'answerSft': return answerSft(context, config)
    case 'reflective': return reflective(context, config)
    case 'grpo': return grpo(context, config)
    case 'dpo': return dpo(context, config)
  }
}

/** What must not differ between an uninterrupted run and one that was killed: everything but the times and the memory. */
export function numbers({ losses }: Outcome): [number, Record<string, number>][] {
  return [...losses].map(([step, values]) => [step, Object.fromEntries(Object.entries(values).filter(([name]) => !/seconds|PerSecond|memory|rss/i.test(name)))])
}
