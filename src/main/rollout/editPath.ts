import type { DrawOp } from '#shared/domain/drawOp.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import type { DrawStyle } from '#shared/geometry/drawStyle.ts'
import { rootsOf } from '#shared/geometry/revision.ts'
import { drawOn } from '../image/canvas.ts'
import type { RawImage } from '../image/rawImage.ts'
import { resizeBicubic } from '../model/bicubic.ts'
import { applyOperations, missingImages, startDrawing, type DrawingState } from './draw.ts'
import type { DraftObservation, DraftStep, PathDraft } from './episode.ts'
import { toolFor, writeAnswerTurn, writeDrawTurn } from './writeTurn.ts'

/** What a person changed: by step (0-based) its thought or its operations (model pixels), the answer, and how many steps are kept. */
export interface PathEdit {
  steps: readonly { index: number; thought?: string | undefined; ops?: readonly DrawOp[] | undefined }[]
  answer?: string | undefined
  /** The copy ends after this many steps, cut; null or left out: as the parent does. */
  keepSteps?: number | null | undefined
}

type DrawnPath = Pick<Trajectory, 'steps' | 'answer' | 'finishReason' | 'finishStep' | 'modelSizes'>

/** A given picture (1-based) at model size, resized when it is first drawn on. */
type GivenPictures = (index: number) => RawImage

/** The path being made again, and where the parent's pictures (1-based index) are in it. */
interface Redrawing {
  state: DrawingState
  readonly moved: Map<number, number>
}

/**
 * An edited copy of a path: every picture is drawn anew from the operations, so an edit shows in all later pictures too.
 * When an edit adds or removes a picture, later operations follow the picture they were drawn on; those on a removed picture
 * go back to the one it was a copy of. Operations an edit gives name images by their numbers in the copy. Edited turns are written anew in the wire format with whole pixels. Sampled tokens are
 * dropped: they no longer say what the path says.
 * @param sources the item's pictures at any size; those of `picturesToDraw` are enough
 * @throws SightlineError `bad_input` for a step or an image that does not exist, for a cut that leaves no path to go on with, and for the answer of a cut path
 */
export function editPath(whole: DrawnPath, edit: PathEdit, sources: readonly (RawImage | undefined)[], style: DrawStyle): PathDraft {
  const parent = typeof edit.keepSteps === 'number' ? cutAfter(whole, edit.keepSteps) : whole
  const unknown = edit.steps.find(({ index }) => parent.steps[index] === undefined)
  if (unknown) throw new SightlineError('bad_input', `The path has no step ${unknown.index + 1}`, { where: `it has ${parent.steps.length} steps` })
  const resized: RawImage[] = []
  const given: GivenPictures = (index) => {
    const { width, height } = parent.modelSizes[index - 1] ?? { width: 0, height: 0 }
    return resized[index] ??= givenPicture(sources[index - 1], width, height, index - 1)
  }
  const redrawing: Redrawing = { state: startDrawing(parent.modelSizes.length), moved: new Map(parent.modelSizes.map((_, index) => [index + 1, index + 1])) }
  const steps = parent.steps.map((step, index) => {
    const change = edit.steps.find((each) => each.index === index)
    return redrawStep(step, change, redrawing, given, style)
  })
  return answered({ ...parent, steps, modelSizes: [...parent.modelSizes] }, edit.answer)
}

/** Given pictures (1-based) that an edited copy may draw on: of a video a few of many frames. */
export function picturesToDraw({ steps, modelSizes }: DrawnPath, edit: PathEdit): Set<number> {
  const root = rootsOf(steps)
  const drawnOn = steps.flatMap(({ observations }) => observations.map(({ sourceIndex }) => root(sourceIndex)))
  // A picture with a higher number was made, in the copy, of one of these.
  const named = edit.steps.flatMap(({ ops }) => ops?.map(({ imageIndex }) => imageIndex) ?? []).filter((index) => index <= modelSizes.length)
  return new Set([...drawnOn, ...named])
}

/** The first steps of a path, all of which draw, as a path of their own. */
function cutAfter({ steps, ...path }: DrawnPath, keepSteps: number): DrawnPath {
  const kept = steps.slice(0, keepSteps)
  const ended = kept.findIndex(({ action }) => action.kind !== 'draw')
  if (keepSteps < 1 || keepSteps > steps.length || ended >= 0) {
    throw new SightlineError('bad_input', `The path cannot be cut after step ${keepSteps}`, {
      where: ended >= 0 ? `step ${ended + 1} draws nothing` : `it has ${steps.length} steps`, advice: 'Choose a step that draws, as all before it do'
    })
  }
  return { ...path, steps: kept, answer: null, finishReason: 'cut', finishStep: keepSteps - 1 }
}

/** A given picture at the size a path knows it by. @throws SightlineError `bad_input` where the item has none */
export function givenPicture(source: RawImage | undefined, width: number, height: number, index: number): RawImage {
  if (!source) throw new SightlineError('bad_input', `The item has no picture ${index + 1}`)
  return source.width === width && source.height === height ? source : resizeBicubic(source, width, height)
}

function redrawStep(step: Step, change: PathEdit['steps'][number] | undefined, redrawing: Redrawing, given: GivenPictures, style: DrawStyle): DraftStep {
  const before = step.action.kind === 'draw' ? step.action.ops : []
  const wanted = change?.ops?.map(inWholePixels) ?? before.map((op) => ({ ...op, imageIndex: redrawing.moved.get(op.imageIndex) ?? op.imageIndex }))
  const missing = step.observations.length > 0 || change?.ops ? missingImages(redrawing.state, wanted) : []
  if (missing.length > 0) throw new SightlineError('bad_input', `There is no image ${missing.join(', ')} to draw on`)
  const observations = step.observations.length > 0 || change?.ops ? redrawn(step, wanted, redrawing, given, style) : []
  const same = change === undefined && wanted.every((op, index) => op.imageIndex === before[index]?.imageIndex)
  if (same) return { ...step, observations, tokens: null }
  return { ...rewritten(step, change?.thought ?? step.thought, wanted), observations, tokens: null }
}

/** Draws a step's pictures and notes where the parent's went. */
function redrawn(step: Step, ops: readonly DrawOp[], redrawing: Redrawing, given: GivenPictures, style: DrawStyle): DraftObservation[] {
  const { state, observations } = applyOperations(redrawing.state, ops)
  redrawing.state = state
  for (const old of step.observations) {
    const source = redrawing.moved.get(old.sourceIndex) ?? old.sourceIndex
    const copy = observations.find(({ sourceIndex }) => sourceIndex === source)
    redrawing.moved.set(old.newIndex, copy?.newIndex ?? source)
  }
  return observations.map((observation) => {
    const root = state.roots[observation.newIndex - 1]
    if (root === undefined) throw new RangeError(`Image ${observation.newIndex} descends from no given picture`)
    return { ...observation, image: drawOn(given(root), observation.shapes, style) }
  })
}

function rewritten(step: Step, thought: string, ops: DrawOp[]): Omit<DraftStep, 'observations' | 'tokens'> {
  const kept = { ...step, thought, mistake: false }
  if (step.action.kind === 'answer' && ops.length === 0) return { ...kept, text: writeAnswerTurn(thought, step.action.text) }
  const tool = step.action.kind === 'draw' ? step.action.tool : toolFor(ops)
  return { ...kept, problems: [], text: writeDrawTurn(thought, tool, ops), action: ops.length === 0 ? { kind: 'none' } : { kind: 'draw', tool, ops } }
}

/** The last step of a path with a new answer is an answer turn, whatever it was before. */
function answered(path: PathDraft, answer: string | undefined): PathDraft {
  const last = path.steps.at(-1)
  if (answer === undefined || last === undefined) return path
  if (path.finishReason === 'cut') throw new SightlineError('bad_input', 'A cut path has no answer', { advice: 'Let a model continue it, or undo the cut' })
  const step: DraftStep = {
    ...last, text: writeAnswerTurn(last.thought, answer), action: { kind: 'answer', text: answer }, observations: [], problems: [], mistake: false, tokens: null
  }
  return { ...path, steps: [...path.steps.slice(0, -1), step], answer, finishReason: 'answered', finishStep: path.steps.length - 1 }
}

function inWholePixels(op: DrawOp): DrawOp {
  return op.kind === 'box'
    ? { ...op, space: 'model', box: [Math.round(op.box[0]), Math.round(op.box[1]), Math.round(op.box[2]), Math.round(op.box[3])] }
    : { ...op, space: 'model', start: [Math.round(op.start[0]), Math.round(op.start[1])], end: [Math.round(op.end[0]), Math.round(op.end[1])] }
}
