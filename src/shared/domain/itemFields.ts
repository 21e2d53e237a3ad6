import { z } from 'zod'
import { readMotion } from './cameraMotion.ts'
import { DatasetItem, type QuestionType } from './datasetItem.ts'
import { firstNumber, parseDecimal } from './decimal.ts'
import { optionLetter } from './optionLetter.ts'

/** What a person may change of an item. */
export const ItemFields = DatasetItem.pick({
  question: true, options: true, answer: true, questionType: true, dataType: true, images: true, tags: true, split: true, task: true
}).extend({ task: z.string(), question: z.string(), images: DatasetItem.shape.images.unwrap().array() })
export type ItemFields = z.infer<typeof ItemFields>

export const ItemField = ItemFields.keyof()
export type ItemField = z.infer<typeof ItemField>

/** What a path answers: where one of these changed, the path answers an earlier question. */
export const CONTENT_FIELDS = ['question', 'options', 'answer', 'questionType', 'images'] as const satisfies readonly ItemField[]

const MAX_TAG = 80

/** What is wrong with an item, by what must be done about it. */
export const ItemIssueCode = z.enum([
  'questionEmpty', 'taskEmpty', 'optionEmpty', 'optionTwice', 'optionsFew', 'answerEmpty', 'answerNoOption', 'answerNoNumber', 'answerNoMotion',
  'noPicture', 'onePictureWanted', 'morePicturesWanted', 'tagEmpty', 'tagLong', 'tagTwice'
])
export type ItemIssueCode = z.infer<typeof ItemIssueCode>

export interface ItemIssue {
  readonly code: ItemIssueCode
  /** Where it is shown. */
  readonly field: ItemField
  /** Every field it depends on: a change of any of them may mend it. */
  readonly on: readonly ItemField[]
}

const DEPENDS: Readonly<Partial<Record<ItemIssueCode, readonly ItemField[]>>> = {
  optionsFew: ['options', 'questionType'], answerEmpty: ['answer', 'questionType'], answerNoOption: ['answer', 'options', 'questionType'],
  answerNoNumber: ['answer', 'questionType'], answerNoMotion: ['answer', 'questionType'], onePictureWanted: ['images', 'dataType'], morePicturesWanted: ['images', 'dataType']
}

/**
 * An item as people may leave it: complete, its answer of the form that its type is scored by (METHOD.md section 2), as many pictures
 * as its kind says. Messages are ItemIssueCodes; each window puts them into its own words.
 */
export const CheckedItem = ItemFields.superRefine((item, context) => {
  const say = (field: ItemField, code: ItemIssueCode): void => { context.addIssue({ code: 'custom', path: [field], message: code }) }
  if (item.question.trim() === '') say('question', 'questionEmpty')
  if (item.task.trim() === '') say('task', 'taskEmpty')
  const options = item.options?.map((option) => option.trim()) ?? null
  if (options?.includes('') === true) say('options', 'optionEmpty')
  if (hasTwice(options?.filter((option) => option !== '') ?? [])) say('options', 'optionTwice')
  if (item.questionType === 'multipleChoice' && options !== null && options.length < 2) say('options', 'optionsFew')
  const answer = answerIssue(item.questionType, item.answer, item.options)
  if (answer !== null) say('answer', answer)
  if (item.images.length === 0) say('images', 'noPicture')
  else if (item.dataType === 'image' && item.images.length > 1) say('images', 'onePictureWanted')
  else if (item.dataType !== 'image' && item.images.length < 2) say('images', 'morePicturesWanted')
  if (item.tags.some((tag) => tag.trim() === '')) say('tags', 'tagEmpty')
  if (item.tags.some((tag) => tag.length > MAX_TAG)) say('tags', 'tagLong')
  if (hasTwice(item.tags)) say('tags', 'tagTwice')
})

/** Everything wrong with an item, in the order of its fields. */
export function itemIssues(item: ItemFields): ItemIssue[] {
  const result = CheckedItem.safeParse(item)
  return (result.error?.issues ?? []).map(({ path, message }) => {
    const [field, code] = [ItemField.parse(path[0]), ItemIssueCode.parse(message)]
    return { code, field, on: DEPENDS[code] ?? [field] }
  })
}

/** What is wrong after an edit and was not before it: an item that was imported broken can still be given a tag. */
export function newIssues(before: ItemFields, after: ItemFields): ItemIssue[] {
  const known = new Set(itemIssues(before).map(({ code }) => code))
  return itemIssues(after).filter(({ code }) => !known.has(code))
}

function answerIssue(type: QuestionType, answer: string, options: readonly string[] | null): ItemIssueCode | null {
  if (answer.trim() === '') return 'answerEmpty'
  switch (type) {
    case 'multipleChoice': {
      const letter = optionLetter(answer, options)
      return letter === null || (options !== null && letter.charCodeAt(0) - 65 >= options.length) ? 'answerNoOption' : null
    }
    case 'numerical':
    case 'regression': return parseDecimal(firstNumber(answer) ?? '') === null ? 'answerNoNumber' : null
    case 'vci': return readMotion(answer) === null ? 'answerNoMotion' : null
    case 'freeForm': return null
    default: return type satisfies never
  }
}

function hasTwice(values: readonly string[]): boolean {
  return new Set(values).size < values.length
}
