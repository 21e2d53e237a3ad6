import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import type { RawImage } from '../image/rawImage.ts'
import { givenPicture } from './editPath.ts'
import { advance, startEpisodeOn, type Episode, type EpisodeOptions } from './episode.ts'
import type { PastTurn, UserTurn } from './turn.ts'

/** The first turns of a path, and the sizes its given pictures had. */
export interface PathPrefix extends Pick<Trajectory, 'modelSizes'> {
  readonly steps: readonly Pick<Step, 'text' | 'tokens' | 'mistake'>[]
}

/**
 * The episode as it stood after a path's first turns: they are played again as they were written, at the path's own picture sizes, so
 * that what follows reads the same pictures and numbers. Turns keep their sampled tokens and a teacher's marks of mistakes.
 * @param sources the item's pictures at any size
 * @returns the episode, the turns so far to be read in, and what comes next
 * @throws SightlineError `bad_input` naming the turn at which the path is over
 */
export function resumeEpisode(
  item: Pick<DatasetItem, 'question' | 'options'>, sources: readonly RawImage[], { steps, modelSizes }: PathPrefix, options: EpisodeOptions
): { episode: Episode; past: PastTurn[]; next: UserTurn } {
  const given = modelSizes.map(({ width, height }, index) => givenPicture(sources[index], width, height, index))
  // A person may draw what was drawn before; only what the model writes is held to the rule.
  const lenient = { ...options, sampling: { ...options.sampling, repeatTolerance: null } }
  let { episode, next }: { episode: Episode; next: UserTurn } = startEpisodeOn(item, given, lenient)
  const past: PastTurn[] = []
  for (const [index, { text, tokens }] of steps.entries()) {
    past.push({ user: next, text, tokens })
    const played = advance(episode, { text, promptIds: tokens?.promptIds ?? [], responseIds: tokens?.responseIds ?? [], logProbs: [], entropies: [], ending: 'stop' })
    if (played.next === null) {
      throw new SightlineError('bad_input', `The path is over at step ${index + 1}: ${played.episode.finish?.reason ?? 'it has ended'}`, {
        advice: 'Continue from an earlier step'
      })
    }
    episode = played.episode
    next = played.next
  }
  const kept = episode.steps.map((step, index) => ({ ...step, tokens: steps[index]?.tokens ?? null, mistake: steps[index]?.mistake ?? false }))
  return { episode: { ...episode, options, steps: kept }, past, next }
}
