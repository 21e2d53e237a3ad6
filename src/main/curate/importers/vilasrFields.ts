import { z } from 'zod'
import { type DataType, type QuestionType, Split } from '#shared/domain/datasetItem.ts'

/** What a ViLaSR record says, before any file is touched. */
export interface RecordFacts {
  task: string
  questionType: QuestionType
  question: string
  options: string[] | null
  answer: string
  paths: string[]
  /** The record's own word for what its pictures are, null when it has none. */
  declaredType: 'video' | 'multiView' | 'image' | null
  tags: string[]
  /** Null where the record names none of ours. */
  split: Split | null
}

const text = z.union([z.string(), z.number()]).transform(String)

/**
 * ViLaSR's RL records (question_type, data_type) and evaluation records (problem_type, original_question_type, grid_size); split and tags
 * are what our own exports add.
 */
const VilasrRecord = z.object({
  question: z.string().trim().min(1, 'is empty'),
  answer: text.refine((value) => value.trim() !== '', 'is empty'),
  image_path: z.union([z.string().transform((path) => [path]), z.array(z.string())]).refine((paths) => paths.length > 0, 'names no picture'),
  options: z.array(text).nullish(),
  data_type: z.string().nullish(),
  question_type: z.string().nullish(),
  problem_type: z.string().nullish(),
  original_question_type: z.string().nullish(),
  grid_size: z.union([z.string(), z.number()]).nullish(),
  split: Split.nullish().catch(null),
  tags: z.array(z.string().trim().min(1).max(80)).nullish().catch(null)
})

const QUESTION_TYPES: Readonly<Record<string, QuestionType>> = {
  multiplechoice: 'multipleChoice', mcq: 'multipleChoice', numerical: 'numerical', numeric: 'numerical', regression: 'regression', freeform: 'freeForm', vci: 'vci'
}

/** The facts of a record, or the reason in words why it cannot be used. */
export function readFacts(record: unknown): { facts: RecordFacts } | { reason: string } {
  const parsed = VilasrRecord.safeParse(record)
  if (!parsed.success) return { reason: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`).join('; ') }
  const raw = parsed.data
  const named = raw.question_type ?? raw.problem_type ?? ''
  const questionType = QUESTION_TYPES[named.toLowerCase().replace(/[\s_-]/g, '')]
  if (questionType === undefined) return { reason: `unknown question type "${named}" (known: multiple choice, numerical, regression, free-form, vci)` }
  // The marker would stand for a picture when the question is put into a prompt; the pictures are listed in image_path.
  const question = raw.question.replaceAll('<image>', '').trim()
  if (question === '') return { reason: 'question: is empty' }
  const options = raw.options != null && raw.options.length > 0 ? raw.options : null
  const answer = raw.answer.trim()
  const reason = answerProblem(questionType, answer, options)
  if (reason !== null) return { reason }
  return {
    facts: {
      task: raw.original_question_type || raw.data_type || 'vqa', questionType, question, options, answer, paths: raw.image_path,
      declaredType: declaredType(raw.data_type ?? ''), tags: raw.tags == null ? tagsOf(raw) : [...new Set(raw.tags)], split: raw.split ?? null
    }
  }
}

/** Whether the scorer could ever give this answer a point; null if it could. */
function answerProblem(questionType: QuestionType, answer: string, options: string[] | null): string | null {
  if (questionType === 'multipleChoice' && options !== null && !isAmong(answer, options)) {
    return `the answer "${answer}" is not among the options (${options.join(' | ')})`
  }
  if ((questionType === 'numerical' || questionType === 'regression') && !/\d/.test(answer)) return `no number in the numeric answer "${answer}"`
  return null
}

/** An option is named by its whole text, its text without the letter, or its letter ("A. left", "(A) left", or by position). */
function isAmong(answer: string, options: string[]): boolean {
  const wanted = plain(answer)
  return options.some((option, i) => {
    const [, letter, rest] = /^\s*\(?([A-Za-z])[.):]\s*(.*)$/su.exec(option) ?? []
    const names = letter === undefined ? [option, String.fromCodePoint(65 + i)] : [option, letter, rest ?? '']
    return names.some((name) => plain(name) === wanted)
  })
}

function plain(value: string): string {
  return value.trim().replace(/^\(([A-Za-z])\)$|^([A-Za-z])[.):]$/u, '$1$2').toLowerCase()
}

function declaredType(dataType: string): DataType | null {
  switch (dataType) {
    case 'video': return 'video'
    case 'multi_view': return 'multiView'
    case 'single_view': return 'image'
    default: return null
  }
}

function tagsOf(raw: { data_type?: string | null | undefined; original_question_type?: string | null | undefined; grid_size?: string | number | null | undefined }): string[] {
  const tags = raw.original_question_type && raw.data_type ? [raw.data_type] : []
  return raw.grid_size == null ? tags : [...tags, `grid ${raw.grid_size}`]
}
