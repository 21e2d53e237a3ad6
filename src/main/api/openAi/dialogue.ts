import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { ChatCompletion } from '../../jobs/chatEngines.ts'
import type { Message, UserContent } from './chatBody.ts'
import { OpenAiError } from './openAiError.ts'

type Dialogue = ChatCompletion['dialogue']

/** Marks a picture's place in the text of a turn. */
const IMAGE_MARKER = '<image>'

/**
 * The dialogue that messages make: at most one system message, then user and assistant in turn, a user's last.
 * @param putPicture stores the picture of a data URI
 * @throws OpenAiError 400 naming the message
 */
export async function dialogueOf(messages: readonly Message[], putPicture: (uri: string, param: string) => Promise<ImageRef>): Promise<Dialogue> {
  const [head] = messages
  const system = head?.role === 'system' || head?.role === 'developer' ? wordsOf(head.content) : null
  const turns: Dialogue['turns'] = []
  for (const [at, message] of messages.entries()) {
    if (at === 0 && system !== null) continue
    const param = `messages[${at}]`
    const last = turns.at(-1)
    const due = last === undefined || last.assistant !== null ? 'user' : 'assistant'
    if (message.role !== due) throw new OpenAiError(400, `${param} is of the ${message.role}, but it is the ${due}'s turn`, { param: 'messages' })
    if (message.role === 'user') turns.push({ ...(await userTurn(message.content, param, putPicture)), assistant: null })
    else if (message.role === 'assistant' && last !== undefined) last.assistant = wordsOf(message.content ?? '')
  }
  if (turns.at(-1)?.assistant !== null) throw new OpenAiError(400, 'The last message must be of the user', { param: 'messages' })
  return { system, turns }
}

async function userTurn(content: UserContent, param: string, putPicture: (uri: string, param: string) => Promise<ImageRef>): Promise<{ text: string; images: ImageRef[] }> {
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content
  const images: ImageRef[] = []
  let text = ''
  for (const [at, part] of parts.entries()) {
    if (part.type === 'image_url') {
      images.push(await putPicture(part.image_url.url, `${param}.content[${at}].image_url`))
      text += IMAGE_MARKER
    } else if (part.text.includes(IMAGE_MARKER)) {
      throw new OpenAiError(400, `${param}: the text holds ${IMAGE_MARKER}, which marks pictures here; send pictures as image_url parts`, { param: 'messages' })
    } else text += part.text
  }
  return { text, images }
}

function wordsOf(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}
