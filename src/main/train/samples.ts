import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import { encodeAssistantTurn, encodeUserTurn } from '../model/chatTemplate.ts'
import { countImageTokens } from '../model/tokenizer.ts'
import type { Tokenizer } from '../model/tokenizer.ts'
import { modelSize } from '../model/processor.ts'
import type { ProcessorConfig } from '../model/processor.ts'
import { loadPromptPreset, renderObservation, renderQuestion } from '../rollout/prompt.ts'
import type { PromptPreset } from '../rollout/prompt.ts'

/** A picture as the model is shown it: the stored one, brought to a size in model pixels. */
export interface ShownPicture {
  ref: ImageRef
  width: number
  height: number
}

/** A whole path as the ids the model reads and writes, before its pictures are turned into patches. */
export interface EncodedPath {
  /** For messages: the item and, where there is one, the path. */
  name: string
  ids: Int32Array
  /** [ids.length] weight of each token as a target: 1 on what the assistant wrote, 0 on prompts and observations. */
  loss: Float32Array
  /** [ids.length] log-probability under the policy that sampled it (0 on prompts); null unless every turn was sampled. */
  sampledLogProbs: Float32Array | null
  /** In the order of the runs of image placeholders in `ids`. */
  pictures: ShownPicture[]
}

export interface PathEncoder {
  tokenizer: Tokenizer
  processor: ProcessorConfig
  preset: PromptPreset
  /** Whether the closing <|im_end|> of a turn is a target (METHOD.md 3b). */
  learnStop: boolean
  /** Whether a scripted mistake's own tokens are left out of the loss. */
  maskMistakes: boolean
}

/**
 * Encodes a stored path. Turns a model sampled keep their ids exactly (token-in, token-out: decoded text is never tokenised
 * again); turns of teachers and people are encoded through the chat form. The observations of the last step are not part of
 * it: no turn followed them. `rejected`: steps (0-based) whose own tokens are no targets.
 * @throws SightlineError `bad_input` naming the item when pictures and placeholders do not match.
 */
export function encodePath(item: DatasetItem, trajectory: Trajectory, encoder: PathEncoder, rejected: readonly number[] = []): EncodedPath {
  const name = `item ${item.id}, path ${trajectory.id}`
  const builder = new PathBuilder(encoder)
  const given = givenPictures(item, trajectory.modelSizes, name)
  trajectory.steps.forEach((step, index) => {
    const before = trajectory.steps[index - 1]
    const shown = before === undefined ? given : drawnPictures(before)
    builder.prompt(shown, step.tokens?.promptIds ?? null, () => before === undefined
      ? renderQuestion(item, trajectory.modelSizes, encoder.preset)
      : renderObservation(before.observations.map(({ newIndex, image }) => ({ index: newIndex, width: image.width, height: image.height })), false, encoder.preset))
    builder.response(step, rejected.includes(index))
  })
  return builder.finish(name)
}

/** The answer-only form of an item: its question by the preset `answer`, then the bare answer turn (baseline `answerSft`). */
export function encodeAnswer(item: DatasetItem, encoder: PathEncoder): EncodedPath {
  const name = `item ${item.id}`
  const sizes = item.images.map((image) => modelSize(image.width, image.height, encoder.processor))
  const builder = new PathBuilder(encoder)
  builder.prompt(givenPictures(item, sizes, name), null, () => renderQuestion(item, sizes, encoder.preset))
  builder.write(encodeAssistantTurn(encoder.tokenizer, answerTurn(item.answer, encoder.preset.turnShape)), null, 1)
  return builder.finish(name)
}

/** The preset bare answers are learnt under: the run's own where it asks for one turn, else `answer`. */
export function answerPreset(preset: PromptPreset): PromptPreset {
  return preset.answerOnly ? preset : loadPromptPreset('answer')
}

/** A turn that answers at once, in the shape a prompt preset asks for. */
export function answerTurn(answer: string, shape: PromptPreset['turnShape']): string {
  switch (shape) {
    case 'free': return answer
    case 'action': return `<think> </think> Action: Answer\n<answer> ${answer} </answer>`
    case 'think': return `<think> </think> <answer> ${answer} </answer>`
    case 'observe': return `<observe> </observe> <answer> ${answer} </answer>`
  }
}

class PathBuilder {
  readonly #encoder: PathEncoder
  readonly #ids: number[] = []
  readonly #loss: number[] = []
  readonly #logProbs: number[] = []
  readonly #pictures: ShownPicture[] = []
  #sampled = true

  constructor(encoder: PathEncoder) {
    this.#encoder = encoder
  }

  prompt(shown: ShownPicture[], sampledIds: number[] | null, render: () => string): void {
    const { tokenizer, processor, preset } = this.#encoder
    const first = this.#ids.length === 0
    const ids = sampledIds ?? encodeUserTurn(tokenizer, {
      system: first ? preset.system : null, text: render(), imageTokens: shown.map((picture) => imageTokens(picture, processor)), first
    })
    this.#append(ids, null, () => 0)
    this.#pictures.push(...shown)
  }

  response(step: Step, isRejected: boolean): void {
    const weight = isRejected || (step.mistake && this.#encoder.maskMistakes) ? 0 : 1
    if (step.tokens === null) this.write(encodeAssistantTurn(this.#encoder.tokenizer, step.text), null, weight)
    else this.write(step.tokens.responseIds, step.tokens.logProbs, weight)
  }

  write(ids: readonly number[], logProbs: readonly number[] | null, weight: number): void {
    const { tokenizer, learnStop } = this.#encoder
    if (logProbs === null) this.#sampled = false
    this.#append(ids, logProbs, (id, index) => !learnStop && index === ids.length - 1 && id === tokenizer.special.imEnd ? 0 : weight)
  }

  finish(name: string): EncodedPath {
    const { tokenizer, processor } = this.#encoder
    const expected = this.#pictures.reduce((sum, picture) => sum + imageTokens(picture, processor), 0)
    const found = countImageTokens(this.#ids, tokenizer.special)
    if (expected !== found) {
      throw new SightlineError('bad_input', `The path holds ${found} image placeholders, its ${this.#pictures.length} pictures make ${expected} visual tokens`, {
        where: name, advice: 'the path was sampled with other picture limits than this checkpoint has: roll it out again with this checkpoint'
      })
    }
    return {
      name, ids: Int32Array.from(this.#ids), loss: Float32Array.from(this.#loss),
      sampledLogProbs: this.#sampled ? Float32Array.from(this.#logProbs) : null, pictures: this.#pictures
    }
  }

  #append(ids: readonly number[], logProbs: readonly number[] | null, weight: (id: number, index: number) => number): void {
    ids.forEach((id, index) => {
      this.#ids.push(id)
      this.#loss.push(weight(id, index))
      this.#logProbs.push(logProbs?.[index] ?? 0)
    })
  }
}

function givenPictures(item: DatasetItem, sizes: readonly { width: number; height: number }[], name: string): ShownPicture[] {
  return item.images.map((ref, index) => {
    const size = sizes[index]
    if (size === undefined) {
      throw new SightlineError('bad_input', `The path knows the size of ${sizes.length} pictures, the item has ${item.images.length}`, {
        where: name, advice: 'the item changed after the path was made: leave this path out'
      })
    }
    return { ref, width: size.width, height: size.height }
  })
}

function drawnPictures(step: Step): ShownPicture[] {
  return step.observations.map(({ image }) => ({ ref: image, width: image.width, height: image.height }))
}

/** Visual tokens of a picture: one per merged cell (28 px squares for Qwen). */
function imageTokens({ width, height }: { width: number; height: number }, processor: ProcessorConfig): number {
  const cell = processor.patchSize * processor.mergeSize
  return (width / cell) * (height / cell)
}
