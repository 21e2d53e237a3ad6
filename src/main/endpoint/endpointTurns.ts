import type { Sampling } from '#shared/domain/trajectory.ts'
import { encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'
import type { PastTurn, TurnGenerator, TurnRequest, TurnResult, UserTurn } from '../rollout/turn.ts'
import type { ChatClient } from './chatClient.ts'
import type { ChatMessage, ChatPart } from './chatMessages.ts'

interface Dialogue {
  readonly messages: readonly ChatMessage[]
  /** Of the dialogue so far, as the server counts; 0 where it does not. */
  readonly tokens: number
}

const IMAGE_MARKER = '<image>'
/** Turns have no tokens of ours: an endpoint's path is text and pictures alone. */
const NO_TOKENS = { promptIds: [], responseIds: [], logProbs: [], entropies: [] }

/**
 * Turns written by an OpenAI-compatible server: each picture, given or drawn, goes as a PNG in a data URI at the place of its marker, and
 * every request holds the whole dialogue so far.
 */
export class EndpointTurns implements TurnGenerator {
  readonly #client: ChatClient
  readonly #dialogues = new Map<number, Dialogue>()

  constructor(client: ChatClient) {
    this.#client = client
  }

  async generate(requests: readonly TurnRequest[], sampling: Sampling): Promise<TurnResult[]> {
    // All are waited for, so that none is left under way when one fails.
    const settled = await Promise.allSettled(requests.map((request) => this.#turn(request, sampling)))
    return settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason
      return outcome.value
    })
  }

  close(conversation: number): void {
    this.#dialogues.delete(conversation)
  }

  async #turn(request: TurnRequest, sampling: Sampling): Promise<TurnResult> {
    const before = this.#dialogues.get(request.conversation) ?? { messages: await pastMessages(request.past ?? []), tokens: 0 }
    const room = sampling.maxTotalTokens - before.tokens
    if (room <= 0) return { text: '', ...NO_TOKENS, ending: 'total_length' }
    const maxTokens = Math.min(request.maxTokens, room)
    const messages = [...before.messages, ...(await messagesOf(request.user))]
    const { text, ending, totalTokens } = await this.#client.complete({
      messages, maxTokens, temperature: sampling.temperature, topP: sampling.topP, seed: request.seed
    })
    this.#dialogues.set(request.conversation, { messages: [...messages, { role: 'assistant', content: text }], tokens: totalTokens ?? 0 })
    if (ending === 'stop') return { text, ...NO_TOKENS, ending: 'stop' }
    return { text, ...NO_TOKENS, ending: maxTokens < sampling.maxTurnTokens ? 'total_length' : 'turn_length' }
  }
}

/** The messages of a user turn: its system text if there is one, then text and pictures in their order. */
export async function messagesOf({ system, text, images }: UserTurn): Promise<ChatMessage[]> {
  const parts: ChatPart[] = []
  for (const [index, piece] of text.split(IMAGE_MARKER).entries()) {
    const image = images[index - 1]
    if (index > 0 && image !== undefined) parts.push({ type: 'image_url', image_url: { url: await dataUri(image) } })
    if (piece !== '') parts.push({ type: 'text', text: piece })
  }
  const user: ChatMessage = { role: 'user', content: parts }
  return system === null ? [user] : [{ role: 'system', content: system }, user]
}

/** The turns of a path that is gone on from, as they were shown and written. */
async function pastMessages(past: readonly PastTurn[]): Promise<ChatMessage[]> {
  const turns = await Promise.all(past.map(async ({ user, text }): Promise<ChatMessage[]> => [...await messagesOf(user), { role: 'assistant', content: text }]))
  return turns.flat()
}

async function dataUri(image: RawImage): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await encodePng(image)).toString('base64')}`
}
