/**
 * Stage 1, cold start: supervised learning on teachers' (and people's) paths; METHOD.md section 3, first column.
 *
 * Departures from the paper: N counts the assistant tokens of a batch, not of each path (as its training program does);
 * the closing <|im_end|> is a target (switch `learnStop`); a scripted mistake's own tokens can be left out (`maskMistakes`),
 * and those of steps that reviewers rejected are (`maskRejected`).
 */
import type { SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { encodePath } from '../samples.ts'
import { trainSupervised } from '../supervised.ts'
import type { StageContext, StageResult } from './context.ts'

export async function coldStart(context: StageContext, config: SupervisedConfig): Promise<StageResult> {
  const encoder = { ...context.bench.encoder, learnStop: config.learnStop, maskMistakes: config.maskMistakes }
  const paths = context.lines.flatMap(({ item, trajectories, rejected }) => trajectories.map((path) => encodePath(item, path, encoder, config.maskRejected ? rejected?.[path.id] : [])))
  context.report.log('info', `cold start on ${paths.length} paths of ${context.lines.length} items`)
  return await trainSupervised(context, config, paths)
}
