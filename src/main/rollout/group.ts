import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import type { RawImage } from '../image/rawImage.ts'
import { advance, finishedPath, startEpisode, turnBudget, type Episode, type EpisodeOptions, type PathDraft } from './episode.ts'
import { resumeEpisode, type PathPrefix } from './prefix.ts'
import type { PastTurn, TurnGenerator, TurnRequest, UserTurn } from './turn.ts'

export interface RolloutInput {
  readonly item: Pick<DatasetItem, 'id' | 'question' | 'options'>
  readonly images: readonly RawImage[]
  readonly seed: number
  /** Which rollout of its item's group this is (0-based). */
  readonly groupIndex: number
  /** Turns to go on from; left out: the path begins at its question. */
  readonly prefix?: PathPrefix
}

export interface RolloutControl {
  /** Paths in flight at once. */
  readonly concurrency: number
  readonly signal?: AbortSignal
  /** Called as each path ends, with its position among the inputs; paths end in any order. */
  readonly onPath?: (draft: PathDraft, index: number) => void
}

/**
 * Rolls out many paths side by side, `concurrency` at a time: each asks for its next turn as soon as its last one is drawn, and a path that
 * ends makes room for the next input at once, so that a generator that batches stays full. Each turn's seed depends only on the input's
 * seed, group index and turn number (not on ids, which differ between projects), so the result is the same whatever the concurrency (as
 * far as the generator is). Paths come back in the order of the inputs.
 * Throws SightlineError `cancelled` between turns when the signal is raised, or what the generator threw; paths that ended were handed
 * to `onPath`.
 */
export async function rollOut(
  inputs: readonly RolloutInput[], generator: TurnGenerator, options: EpisodeOptions, control: RolloutControl
): Promise<PathDraft[]> {
  const finished: PathDraft[] = []
  let [started, ended, failed] = [0, 0, false]
  const checkStop = (): void => {
    if (control.signal?.aborted || failed) throw new SightlineError('cancelled', `Stopped after ${ended} of ${inputs.length} paths`)
  }
  const lane = async (): Promise<void> => {
    for (let index = started++; index < inputs.length; index = started++) {
      const draft = await playPath(inputs[index] as RolloutInput, index, generator, options, checkStop)
      finished[index] = draft
      ended++
      control.onPath?.(draft, index)
    }
  }
  const failures: unknown[] = []
  const lanes = Array.from({ length: Math.min(control.concurrency, inputs.length) }, () => lane().catch((error: unknown) => {
    failed = true
    failures.push(error)
  }))
  await Promise.all(lanes)
  if (failed) throw failures[0]
  return finished
}

/** One path from its question to its end. */
async function playPath(
  input: RolloutInput, index: number, generator: TurnGenerator, options: EpisodeOptions, checkStop: () => void
): Promise<PathDraft> {
  checkStop()
  const start = input.prefix === undefined
    ? { ...startEpisode(input.item, input.images, options), past: [] }
    : resumeEpisode(input.item, input.images, input.prefix, options)
  let { episode, past }: { episode: Episode; past: readonly PastTurn[] } = start
  try {
    for (let next: UserTurn | null = start.next; next; ) {
      checkStop()
      const [result] = await generator.generate([requestFor(input, index, episode, next, past)], options.sampling)
      if (!result) throw new RangeError('The generator answered none of 1 request')
      past = []
      const advanced = advance(episode, result)
      episode = advanced.episode
      next = advanced.next
    }
  } finally {
    generator.close(index)
  }
  return finishedPath(episode)
}

function requestFor(input: RolloutInput, index: number, episode: Episode, user: UserTurn, past: readonly PastTurn[]): TurnRequest {
  const { stopTexts } = episode.options.preset
  return {
    conversation: index, user, seed: turnSeed(input, episode.steps.length), maxTokens: turnBudget(episode),
    ...(stopTexts.length > 0 ? { stopTexts } : {}), ...(past.length > 0 ? { past } : {})
  }
}

function turnSeed(input: RolloutInput, turn: number): number {
  return Random.seeded(input.seed, `rollout ${input.groupIndex} ${turn}`).uint32()
}
