import { optionLetter } from '#shared/domain/optionLetter.ts'

export interface AnswerOptions { readonly options: string[]; readonly answer: string }

const OWN_LETTER = /^(\(?)([A-Za-z])(\)|\.|:)(\s*)/

/** The place of the right option; -1 where the answer names none of them. */
export function rightOption(options: readonly string[], answer: string): number {
  const letter = optionLetter(answer, options)
  const place = letter === null ? -1 : letter.charCodeAt(0) - 65
  return place < options.length ? place : -1
}

/** The answer that names an option: in full where the answer that stands is an option in full, else by its letter. */
export function answerNaming(options: readonly string[], place: number, answer: string): string {
  return isOption(options, answer) ? options[place] ?? answer : letterAt(place)
}

/** Moves an option; letters the options carry stay in their places, and the answer goes on naming the same option. */
export function moveOption({ options, answer }: AnswerOptions, from: number, to: number): AnswerOptions {
  const moved = options.toSpliced(from, 1).toSpliced(to, 0, options[from] ?? '')
  const right = options[rightOption(options, answer)]
  return renamed(options, answer, moved, right === undefined ? -1 : moved.indexOf(right))
}

/** Takes an option out; an answer that named it names nothing that is left, and stays as it was. */
export function removeOption({ options, answer }: AnswerOptions, place: number): AnswerOptions {
  const right = rightOption(options, answer)
  const left = options.toSpliced(place, 1)
  return right === place ? { options: lettered(options, left), answer } : renamed(options, answer, left, right > place ? right - 1 : right)
}

/** Adds an empty option, with the next letter where the others carry theirs. */
export function addOption({ options, answer }: AnswerOptions): AnswerOptions {
  return { options: lettered(options, [...options, '']), answer }
}

function renamed(before: readonly string[], answer: string, moved: string[], right: number): AnswerOptions {
  const options = lettered(before, moved)
  if (right < 0) return { options, answer }
  return { options, answer: isOption(before, answer) ? options[right] ?? answer : letterAt(right) }
}

/** Whether the answer is an option in full. */
function isOption(options: readonly string[], answer: string): boolean {
  return options.some((option) => option.trim() === answer.trim())
}

/** Gives options their letters anew, in the first one's spelling, where each of them carried its own before. */
function lettered(before: readonly string[], options: string[]): string[] {
  const spelling = OWN_LETTER.exec(before[0] ?? '')
  if (spelling === null || !before.every((option, place) => OWN_LETTER.exec(option)?.[2]?.toUpperCase() === letterAt(place))) return options
  const [, open = '', letter = 'A', close = '', gap = ''] = spelling
  return options.map((option, place) => {
    const own = letter === letter.toUpperCase() ? letterAt(place) : letterAt(place).toLowerCase()
    return `${open}${own}${close}${gap === '' ? ' ' : gap}${option.replace(OWN_LETTER, '')}`
  })
}

function letterAt(place: number): string {
  return String.fromCharCode(65 + place)
}
