import { z } from 'zod'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Size } from '#shared/geometry/space.ts'
import { readResource, resourceNames } from '../image/resources.ts'

/**
 * The words of every user turn: data files in resources/prompts, replaceable. In templates `{...}` stands for a value and
 * `<image>` marks where a picture goes.
 */
export const PromptPreset = z.object({
  name: z.string().min(1),
  /** System turn; null: none. */
  system: z.string().nullable(),
  /** Line of a given picture: {index}, {width}, {height}; one <image>. */
  image: z.string().includes('<image>'),
  /** First turn: {images}, {question}, {options}. */
  question: z.string().includes('{images}').includes('{question}'),
  /** What {options} becomes for a question that has them: {list}. */
  options: z.string().includes('{list}'),
  optionSeparator: z.string(),
  /** Line of a newly drawn picture: {index}, {width}, {height}; one <image>. */
  newImage: z.string().includes('<image>'),
  /** Later turns: {images}. */
  observation: z.string().includes('{images}'),
  /** The last allowed turn: {images}; forbids tools and asks for the answer. */
  lastTurn: z.string().includes('{images}'),
  /** One turn, no drawing: the baselines. */
  answerOnly: z.boolean(),
  /** Texts that complete a turn, such as `</answer>`; none: a turn ends where the model closes it. */
  stopTexts: z.array(z.string().min(1)).default([]),
  /** What the format reward asks of a turn: think and action, think and answer, observe and answer, or nothing. */
  turnShape: z.enum(['action', 'think', 'observe', 'free'])
})
export type PromptPreset = z.infer<typeof PromptPreset>

/** A packaged preset by name. Throws SightlineError `not_found` naming those there are. */
export function loadPromptPreset(name: string): PromptPreset {
  return PromptPreset.parse(readResource('prompts', name))
}

export function promptPresetNames(): string[] {
  return resourceNames('prompts')
}

/** The first user turn; sizes are the given pictures' model pixels, in order. One `<image>` per picture. */
export function renderQuestion(item: Pick<DatasetItem, 'question' | 'options'>, modelSizes: readonly Size[], preset: PromptPreset): string {
  const images = modelSizes.map(({ width, height }, position) => fill(preset.image, { index: position + 1, width, height }))
  const list = (item.options ?? []).map(withoutMarkers).join(preset.optionSeparator)
  return fill(preset.question, {
    images: images.join('\n'),
    question: withoutMarkers(item.question),
    options: list === '' ? '' : fill(preset.options, { list })
  })
}

/** The user turn after a drawing: the new pictures with index and model size; on the last turn it asks for the answer. */
export function renderObservation(newImages: readonly ({ readonly index: number } & Size)[], isLastTurn: boolean, preset: PromptPreset): string {
  const images = newImages.map(({ index, width, height }) => fill(preset.newImage, { index, width, height }))
  return fill(isLastTurn ? preset.lastTurn : preset.observation, { images: images.join('\n') })
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Question texts of some data sets hold picture markers of their own; the preset decides where pictures go. */
function withoutMarkers(text: string): string {
  return text.replaceAll('<image>', '').trim()
}
