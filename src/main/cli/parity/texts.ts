import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { openTokenizer } from '../../model/checkpointFolder.ts'
import { CHATML_TEMPLATE, renderWithTemplate } from '../../model/jinjaTemplate.ts'
import type { ChatMessage } from '../../model/jinjaTemplate.ts'
import type { Tokenizer } from '../../model/tokenizer.ts'
import { TEXT_FILE } from './caseFolder.ts'
import { compareIds, type Comparison, failed } from './comparison.ts'

const Part = z.union([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.enum(['image', 'video']) }),
  z.looseObject({ type: z.literal('image_url') }).transform(() => ({ type: 'image' as const }))
])
const Message = z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.union([z.string(), z.array(Part)]) })
const TextCase = z.object({
  text: z.string().optional(),
  messages: z.array(Message).optional(),
  add_generation_prompt: z.boolean().optional(),
  rendered: z.string().optional(),
  ids: z.array(z.int())
})
type TextCase = z.infer<typeof TextCase>

/** text.json: the template's text of each dialogue, and the ids of each text, against the checkpoint's own tokenizer. */
export async function checkTexts(folder: string): Promise<Comparison[]> {
  const cases = z.array(TextCase).parse(JSON.parse(await readFile(join(folder, TEXT_FILE), 'utf8')))
  const tokenizer = await openTokenizer(folder)
  return cases.flatMap((given, i) => (given.messages === undefined ? [plain(tokenizer, given, i)] : dialogue(tokenizer, given, given.messages as ChatMessage[], i)))
}

function plain(tokenizer: Tokenizer, given: TextCase, i: number): Comparison {
  const text = given.text ?? given.rendered
  return text === undefined ? failed(`text ${i}`, 'the case has neither text nor messages') : compareIds(`text ${i}`, tokenizer.encode(text), given.ids)
}

/** Whether the assistant's turn was opened is not always said: the rendered text, or else the ids, tell which was meant. */
function dialogue(tokenizer: Tokenizer, given: TextCase, messages: readonly ChatMessage[], i: number): Comparison[] {
  const opened = given.add_generation_prompt === undefined ? [true, false] : [given.add_generation_prompt]
  const rendered = opened.map((addGenerationPrompt) => renderWithTemplate(tokenizer.chatTemplate ?? CHATML_TEMPLATE, messages, { addGenerationPrompt }))
  const ids = collapsed(given.ids, tokenizer, rendered[0] ?? '')
  // A processor's text has a placeholder for every visual token of a picture, the template's has one.
  const wanted = given.rendered?.replaceAll(/(?:<\|image_pad\|>)+/gu, '<|image_pad|>')
  const meant = rendered.find((text) => (wanted === undefined ? compareIds('', tokenizer.encode(text), ids).passed : text === wanted)) ?? rendered[0] ?? ''
  const own = compareIds(`text ${i}`, tokenizer.encode(meant), ids)
  if (wanted === undefined) return [own]
  const same = meant === wanted
  return [{ quantity: `rendered ${i}`, passed: same, maxAbsolute: same ? 0 : 1, maxRelative: same ? 0 : 1, detail: same ? 'equal' : firstDifference(meant, wanted) }, own]
}

/** Ids with each picture's run of placeholders as the one the template writes, unless that is how they are. */
function collapsed(ids: readonly number[], { special }: Tokenizer, rendered: string): number[] {
  const pads = ids.filter((id) => id === special.imagePad).length
  if (pads === rendered.split('<|image_pad|>').length - 1) return [...ids]
  return ids.filter((id, t) => id !== special.imagePad || ids[t - 1] !== special.imagePad)
}

function firstDifference(got: string, expected: string): string {
  const at = [...got].findIndex((char, i) => char !== [...expected][i])
  const from = Math.max(0, (at < 0 ? Math.min(got.length, expected.length) : at) - 10)
  return `${JSON.stringify(got.slice(from, from + 30))} for ${JSON.stringify(expected.slice(from, from + 30))}`
}
