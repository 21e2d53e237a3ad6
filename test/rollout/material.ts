import { ItemId } from '#shared/domain/ids.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import type { ProcessorConfig } from '#main/model/processor.ts'
import type { EpisodeOptions } from '#main/rollout/episode.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import type { TurnResult } from '#main/rollout/turn.ts'

export const sampling: Sampling = {
  temperature: 1, topP: 1, topK: 0, seed: 1, maxTurnTokens: 50, maxTotalTokens: 1000, maxTurns: 4, maxImages: 6, repeatTolerance: 1
}

const processor: ProcessorConfig = {
  patchSize: 14, mergeSize: 2, temporalPatchSize: 2, mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 / 255, minPixels: 28 * 28, maxPixels: 112 * 112
}

export const options: EpisodeOptions = { preset: loadPromptPreset('pocket'), style: loadDrawStyle('pocket'), sampling, smartResize: processor }

export const item = { id: ItemId.parse('item1'), question: 'Which letter?', options: ['A. left', 'B. right'] }

/** A turn that draws one line from (x, 14) to (x + 28, 14). */
export function drawing(index: number, x: number, label = '1'): string {
  return `<think> go </think> Action: Path Tracer\n\`\`\`json\n[{"index": ${index}, "start_point_2d": [${x}, 14], "end_point_2d": [${x + 28}, 14], "label": "${label}"}]\n\`\`\``
}

export const answer = '<think> seen </think> Action: Answer\n<answer> B </answer>'

export function turnOf(given: string | Partial<TurnResult>): TurnResult {
  const turn: TurnResult = { text: '', promptIds: [1, 2], responseIds: [3], logProbs: [0], entropies: [0], ending: 'stop' }
  return { ...turn, ...(typeof given === 'string' ? { text: given } : given) }
}
