import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import type { RawImage } from '../image/rawImage.ts'
import { advance, finishedPath, startEpisode, turnBudget, type Episode, type EpisodeOptions, type PathDraft } from './episode.ts'
import type { TurnGenerator, TurnRequest, UserTurn } from './turn.ts'

export interface RolloutInput {
  readonly item: Pick<DatasetItem, 'id' | 'question' | 'options'>
  readonly images: readonly RawImage[]
  readonly seed: number
  /** Which rollout of its item's group this is (0-based). */
  readonly groupIndex: number
}

export interface RolloutControl {
  /** Paths in flight at once. */
  readonly concurrency: number
  readonly signal?: AbortSignal
  /** Called as each path ends, with its position among the inputs; paths end in any order. */
  readonly onPath?: (draft: PathDraft, index: number) => void
}

type Running = { readonly index: number; readonly input: RolloutInput; readonly episode: Episode; readonly next: UserTurn }

/**
 * Roll out many paths in lockstep turns, `concurrency` at a time: a path that ends makes room for the next input at once.
 * Each turn's seed depends only on the input's seed, group index and turn number (not on ids, which differ between projects), so the result
 * is the same whatever the concurrency (as far as the generator is). Paths come back in the order of the inputs.
 * Throws SightlineError `cancelled` between turns when the signal is raised; paths that ended were handed to `onPath`.
 */
export async function rollOut(
  inputs: readonly RolloutInput[], generator: TurnGenerator, options: EpisodeOptions, control: RolloutControl
): Promise<PathDraft[]> {
  const finished = new Map<number, PathDraft>()
  let running: Running[] = []
  let waiting = 0
  try {
    while (finished.size < inputs.length) {
      if (control.signal?.aborted) throw new SightlineError('cancelled', `Stopped after ${finished.size} of ${inputs.length} paths`)
      for (; running.length < control.concurrency && waiting < inputs.length; waiting++) running.push(begin(inputs, waiting, options))
      running = await playTurn(running, generator, options, (draft, index) => {
        finished.set(index, draft)
        control.onPath?.(draft, index)
      })
    }
  } finally {
    for (const { index } of running) generator.close(index)
  }
  return inputs.map((_, index) => finished.get(index) as PathDraft)
}

function begin(inputs: readonly RolloutInput[], index: number, options: EpisodeOptions): Running {
  const input = inputs[index] as RolloutInput
  return { index, input, ...startEpisode(input.item, input.images, options) }
}

/** One turn of every running path; those that go on. */
async function playTurn(
  running: readonly Running[], generator: TurnGenerator, options: EpisodeOptions, onPath: (draft: PathDraft, index: number) => void
): Promise<Running[]> {
  const results = await generator.generate(requestsFor(running), options.sampling)
  const going: Running[] = []
  running.forEach((path, position) => {
    const result = results[position]
    if (!result) throw new RangeError(`The generator answered ${results.length} of ${running.length} requests`)
    const { episode, next } = advance(path.episode, result)
    if (next) {
      going.push({ ...path, episode, next })
      return
    }
    generator.close(path.index)
    onPath(finishedPath(episode), path.index)
  })
  return going
}

function requestsFor(running: readonly Running[]): TurnRequest[] {
  const firstOfItem = new Map<string, number>()
  return running.map(({ index, input, episode, next }) => {
    const turn = episode.steps.length
    const request = { conversation: index, user: next, seed: turnSeed(input, turn), maxTokens: turnBudget(episode) }
    if (turn > 0) return request
    const elder = firstOfItem.get(input.item.id)
    if (elder !== undefined) return { ...request, forkOf: elder }
    firstOfItem.set(input.item.id, index)
    return request
  })
}

function turnSeed(input: RolloutInput, turn: number): number {
  return Random.seeded(input.seed, `rollout ${input.groupIndex} ${turn}`).uint32()
}
