import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { RawImage } from '../image/rawImage.ts'
import { advance, finishedPath, startEpisode, type EpisodeOptions, type PathDraft } from './episode.ts'

/** One written assistant turn; `mistake` marks a deliberate one that the next turn corrects. */
export interface ScriptedTurn {
  readonly text: string
  readonly mistake: boolean
}

/**
 * Play written turns through the same parser, drawing and endings as a model's: a teacher's path looks exactly like a
 * sampled one, without tokens. Throws SightlineError `bad_input` when the script stops before its path ends, or goes on
 * behind the end.
 */
export function playScript(
  item: Pick<DatasetItem, 'question' | 'options'>, images: readonly RawImage[], turns: readonly ScriptedTurn[], options: EpisodeOptions
): PathDraft {
  let { episode } = startEpisode(item, images, options)
  for (const [position, { text }] of turns.entries()) {
    if (episode.finish) {
      throw new SightlineError('bad_input', `The path ended (${episode.finish.reason}) before turn ${position + 1} of ${turns.length}`, { where: item.question })
    }
    episode = advance(episode, { text, promptIds: [], responseIds: [], logProbs: [], entropies: [], ending: 'stop' }).episode
  }
  if (!episode.finish) throw new SightlineError('bad_input', `The path has no end after ${turns.length} turns`, { where: item.question })
  const draft = finishedPath(episode)
  return { ...draft, steps: draft.steps.map((step, position) => ({ ...step, mistake: turns[position]?.mistake ?? false })) }
}
