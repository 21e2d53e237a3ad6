import { evaluatePolicy } from '../evaluate/evaluate.ts'
import { checkQuestions } from '../train/questions.ts'
import { readDataset } from './dataset.ts'
import { openBench } from './openBench.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'

/** One checkpoint over held-out items. */
export async function evaluateJob(job: Extract<EngineJob, { kind: 'evaluate' }>, channel: JobChannel): Promise<JobEnding> {
  const lines = await readDataset(job.dataset)
  const bench = await openBench(job)
  checkQuestions(lines.map(({ item }) => item), bench)
  const evaluation = await evaluatePolicy(bench, {
    id: job.evaluationId, label: job.label, split: job.split, items: lines.map(({ item }) => item), sampling: job.sampling,
    stop: channel.stop,
    onPath: ({ trajectory, reward }) => channel.emit({ kind: 'trajectory', trajectory, reward }),
    onProgress: (progress) => channel.emit({ kind: 'progress', progress })
  })
  if (evaluation === null) return { kind: 'stopped' }
  channel.emit({ kind: 'evaluation', evaluation })
  const { accuracy, ...overall } = evaluation.overall
  return {
    kind: 'finished',
    summary: { items: overall.items, ...(accuracy === null ? {} : { accuracy }), format: overall.format, reflectionRate: overall.reflectionRate }
  }
}
