import type { StageConfig } from '#shared/domain/trainingRun.ts'
import { writeCheckpoint } from '../train/checkpoint.ts'
import { dropRunStates } from '../train/runState.ts'
import { answerSft } from '../train/stages/answerSft.ts'
import { coldStart } from '../train/stages/coldStart.ts'
import type { StageContext, StageResult } from '../train/stages/context.ts'
import { grpo } from '../train/stages/grpo.ts'
import { reflective } from '../train/stages/reflective.ts'
import { checkQuestions } from '../train/questions.ts'
import { readDataset } from './dataset.ts'
import { openBench } from './openBench.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'

/** A state is written at most this often; a stage whose steps are longer writes one after each. */
const SAVE_SECONDS = 4

/** One training stage from its starting checkpoint (or its saved state) to a checkpoint in Hugging Face form. */
export async function trainJob(job: Extract<EngineJob, { kind: 'train' }>, channel: JobChannel): Promise<JobEnding> {
  const lines = await readDataset(job.dataset)
  const bench = await openBench(job)
  checkQuestions(lines.map(({ item }) => item), bench)
  const context: StageContext = {
    run: job.run, runFolder: job.runFolder, lines, bench, saveSeconds: SAVE_SECONDS, stopRequested: () => channel.stop.aborted,
    report: {
      progress: (progress) => channel.emit({ kind: 'progress', progress }),
      log: (level, text) => channel.emit({ kind: 'log', level, text }),
      metrics: (step, seconds, totalSteps, values) => channel.emit({ kind: 'metrics', step, seconds, totalSteps, values }),
      trajectory: (trajectory, reward) => channel.emit({ kind: 'trajectory', trajectory, reward })
    }
  }
  const { stopped, steps, summary } = await runStage(context, job.run.settings)
  if (stopped && steps === 0) return { kind: 'stopped' }
  const checkpoint = await writeCheckpoint(bench, {
    projectFolder: job.projectFolder, runFolder: job.runFolder, runId: job.run.id, step: steps, stage: job.run.settings.stage, finished: !stopped
  })
  channel.emit({ kind: 'checkpoint', checkpoint })
  if (stopped) return { kind: 'stopped' }
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
  }
}
