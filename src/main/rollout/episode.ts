import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { FinishReason, Observation, RolloutEnding, Sampling, Step, StepProblem, StepTokens } from '#shared/domain/trajectory.ts'
import type { DrawStyle } from '#shared/geometry/drawStyle.ts'
import type { Size } from '#shared/geometry/space.ts'
import { drawOn } from '../image/canvas.ts'
import type { RawImage } from '../image/rawImage.ts'
import { resizeToModel, type ProcessorConfig } from '../model/processor.ts'
import { applyOperations, missingImages, startDrawing, type DrawingState } from './draw.ts'
import { parseTurn, type ParsedTurn } from './parse.ts'
import { renderObservation, renderQuestion, type PromptPreset } from './prompt.ts'
import { findRepeat } from './repeat.ts'
import type { TurnResult, UserTurn } from './turn.ts'

export interface EpisodeOptions {
  readonly preset: PromptPreset
  readonly style: DrawStyle
  readonly sampling: Sampling
  /** The checkpoint's picture limits, for bringing the given pictures to model size. */
  readonly smartResize: ProcessorConfig
}

/** An observation whose picture is still pixels, not yet a stored blob. */
export type DraftObservation = Omit<Observation, 'image'> & { readonly image: RawImage }
export type DraftStep = Omit<Step, 'observations'> & { readonly observations: DraftObservation[] }

/** A finished path before its pictures are stored. */
export interface PathDraft {
  readonly steps: DraftStep[]
  readonly answer: string | null
  readonly finishReason: FinishReason
  readonly finishStep: number
  readonly modelSizes: Size[]
}

type Finish = { readonly reason: RolloutEnding; readonly step: number; readonly answer: string | null }

/** A path under way; immutable, `advance` makes the next one. */
export interface Episode {
  readonly options: EpisodeOptions
  /** The given pictures at model size: every drawing starts from one of them. */
  readonly given: readonly RawImage[]
  readonly drawing: DrawingState
  readonly steps: readonly DraftStep[]
  /** Tokens of all turns so far, prompts included. */
  readonly tokens: number
  readonly finish: Finish | null
}

/** Begin a path: the episode and the first user turn. */
export function startEpisode(
  item: Pick<DatasetItem, 'question' | 'options'>, sourceImages: readonly RawImage[], options: EpisodeOptions
): { episode: Episode; next: UserTurn } {
  return startEpisodeOn(item, sourceImages.map((image) => resizeToModel(image, options.smartResize)), options)
}

/** Begin a path on pictures that are at model size already. */
export function startEpisodeOn(
  item: Pick<DatasetItem, 'question' | 'options'>, given: readonly RawImage[], options: EpisodeOptions
): { episode: Episode; next: UserTurn } {
  const episode: Episode = { options, given, drawing: startDrawing(given.length), steps: [], tokens: 0, finish: null }
  const next = { system: options.preset.system, text: renderQuestion(item, given, options.preset), images: given }
  return { episode, next }
}

/** How many tokens the next turn may have under both limits. */
export function turnBudget(episode: Episode): number {
  const { maxTurnTokens, maxTotalTokens } = episode.options.sampling
  return Math.max(1, Math.min(maxTurnTokens, maxTotalTokens - episode.tokens))
}

/**
 * Take one assistant turn: parse it, then either end the path for one of METHOD.md's reasons or draw what it asks and show
 * it. `next` is null once the path has ended. Must not be called on a path that has ended.
 */
export function advance(episode: Episode, result: TurnResult): { episode: Episode; next: UserTurn | null } {
  if (episode.finish) throw new RangeError('This path has ended')
  const parsed = parseTurn(result.text)
  const problems = [...parsed.problems]
  const tokens = episode.tokens + result.promptIds.length + result.responseIds.length
  const reason = endingOf(episode, parsed, result.ending, problems)
  if (reason !== null) return { episode: ended({ ...episode, tokens }, parsed, result, problems, reason), next: null }
  problems.push(...outsideProblems(episode, parsed.operations))
  const { state, observations } = applyOperations(episode.drawing, parsed.operations)
  const drawn = observations.map((observation) => ({ ...observation, image: picture(episode, state, observation.newIndex, observation.shapes) }))
  const steps = [...episode.steps, stepOf(parsed, result, problems, drawn)]
  const newImages = drawn.map(({ newIndex, image }) => ({ index: newIndex, width: image.width, height: image.height }))
  const isLastTurn = steps.length === episode.options.sampling.maxTurns - 1
  return {
    episode: { ...episode, drawing: state, steps, tokens },
    next: { system: null, text: renderObservation(newImages, isLastTurn, episode.options.preset), images: drawn.map(({ image }) => image) }
  }
}

/** The path of an episode that has ended. */
export function finishedPath(episode: Episode): PathDraft {
  if (!episode.finish) throw new RangeError('This path has not ended')
  const { reason, step, answer } = episode.finish
  const modelSizes = episode.given.map(({ width, height }) => ({ width, height }))
  return { steps: [...episode.steps], answer, finishReason: reason, finishStep: step, modelSizes }
}

/** Why the path ends with this turn, or null; adds what went wrong to `problems`. */
function endingOf(episode: Episode, parsed: ParsedTurn, ending: TurnResult['ending'], problems: StepProblem[]): RolloutEnding | null {
  if (ending === 'turn_length' || ending === 'total_length') return ending
  if (answerIn(episode, parsed) !== null) return 'answered'
  const { sampling, preset } = episode.options
  if (parsed.operations.length === 0) {
    const unreadable = problems.some(({ kind }) => kind === 'unparsed_block')
    if (!unreadable) problems.push({ kind: 'no_action', detail: 'The turn holds neither an executable operation nor an answer' })
    return unreadable ? 'bad_action' : 'no_action'
  }
  const missing = missingImages(episode.drawing, parsed.operations)
  if (missing.length > 0) {
    const available = episode.drawing.carried.length
    problems.push(...missing.map((index) => ({ kind: 'missing_image' as const, detail: `There is no image ${index}, only 1 to ${available}` })))
    return 'bad_action'
  }
  if (preset.answerOnly || episode.steps.length >= sampling.maxTurns - 1) return 'too_many_turns'
  const earlier = episode.steps.flatMap(({ action }) => (action.kind === 'draw' ? action.ops : []))
  const repeat = sampling.repeatTolerance === null ? undefined : findRepeat(parsed.operations, earlier, episode.drawing, sampling.repeatTolerance)
  if (repeat) {
    problems.push({ kind: 'repeated_action', detail: `${repeat.kind} "${repeat.label}" at ${coordinatesOf(repeat).join(', ')} was drawn before` })
    return 'repeated_action'
  }
  const newPictures = new Set(parsed.operations.map((op) => op.imageIndex)).size
  return episode.drawing.carried.length + newPictures > sampling.maxImages ? 'too_many_images' : null
}

/** The answer of a turn; where the preset asks for no tags, the words after the thought are the answer. */
function answerIn(episode: Episode, parsed: ParsedTurn): string | null {
  if (parsed.answerText !== null) return parsed.answerText
  const free = episode.options.preset.turnShape === 'free' && parsed.operations.length === 0
  return free && parsed.afterThought !== '' ? parsed.afterThought : null
}

function ended(episode: Episode, parsed: ParsedTurn, result: TurnResult, problems: StepProblem[], reason: RolloutEnding): Episode {
  const answer = reason === 'answered' ? answerIn(episode, parsed) : null
  const step = stepOf(parsed, result, problems, [])
  const action = answer === null ? step.action : { kind: 'answer' as const, text: answer }
  return { ...episode, steps: [...episode.steps, { ...step, action }], finish: { reason, step: episode.steps.length, answer } }
}

function stepOf(parsed: ParsedTurn, result: TurnResult, problems: StepProblem[], observations: DraftObservation[]): DraftStep {
  const { text, promptIds, responseIds, logProbs, entropies } = result
  const tokens: StepTokens | null = responseIds.length === 0 && promptIds.length === 0 ? null : { promptIds, responseIds, logProbs, entropies }
  return { text, thought: parsed.thought, action: parsed.action, observations, problems, mistake: false, tokens }
}

function picture(episode: Episode, state: DrawingState, index: number, shapes: readonly DrawOp[]): RawImage {
  const base = baseOf(episode, state, index)
  return drawOn(base, shapes, episode.options.style)
}

function baseOf(episode: Episode, state: DrawingState, index: number): RawImage {
  const base = episode.given[(state.roots[index - 1] ?? 0) - 1]
  if (!base) throw new RangeError(`Image ${index} has no given picture`)
  return base
}

/** Shapes that reach outside their picture are drawn as far as it goes, and noted. */
function outsideProblems(episode: Episode, operations: readonly DrawOp[]): StepProblem[] {
  return operations.flatMap((op) => {
    const { width, height } = baseOf(episode, episode.drawing, op.imageIndex)
    const outside = coordinatesOf(op).some((value, i) => value < 0 || value > (i % 2 === 0 ? width : height))
    if (!outside) return []
    return [{ kind: 'outside_image' as const, detail: `${op.kind} "${op.label}" at ${coordinatesOf(op).join(', ')} leaves the ${width} x ${height} image ${op.imageIndex}` }]
  })
}
