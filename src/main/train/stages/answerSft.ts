/**
 * Baseline: supervised learning on the bare answer, in the chat form of the preset `answer`, without drawing (the second
 * paper's SFT rows; the comparison POCKET.md makes with drawing).
 *
 * Departure from the paper: none known; a run with another prompt preset still learns under `answer`, the only one that asks for it.
 */
import type { SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { answerPreset, encodeAnswer } from '../samples.ts'
import { trainSupervised } from '../supervised.ts'
import type { StageContext, StageResult } from './context.ts'

export async function answerSft(context: StageContext, config: SupervisedConfig): Promise<StageResult> {
  const { bench } = context
  const encoder = { ...bench.encoder, preset: answerPreset(bench.preset), learnStop: config.learnStop, maskMistakes: false }
  const paths = context.lines.map(({ item }) => encodeAnswer(item, encoder))
  context.report.log('info', `learning the bare answers of ${paths.length} items`)
  return await trainSupervised(context, config, paths)
}
