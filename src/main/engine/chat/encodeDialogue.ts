import { encodeAssistantTurn, encodeUserTurn } from '../../model/chatTemplate.ts'
import type { PatchedImage } from '../../model/patches.ts'
import { preprocess } from '../../model/processor.ts'
import type { Policy } from '../../model/policy.ts'
import type { Pictures } from '../../train/pictures.ts'
import type { Dialogue } from './protocol.ts'

/**
 * A dialogue as the model reads it, up to its own next turn: the very ids the checkpoint's chat template gives. @throws SightlineError
 * `bad_input`
 */
export async function encodeDialogue(policy: Policy, pictures: Pictures, { system, turns }: Dialogue): Promise<{ ids: number[]; images: PatchedImage[] }> {
  const ids: number[] = []
  const images: PatchedImage[] = []
  for (const [number, turn] of turns.entries()) {
    const shown = await Promise.all(turn.images.map(async (image) => preprocess(await pictures.raw(image), policy.processor)))
    const first = number === 0
    ids.push(...encodeUserTurn(policy.tokenizer, { system: first ? system : null, text: turn.text, imageTokens: shown.map(({ tokens }) => tokens), first }))
    if (turn.assistant !== null) ids.push(...encodeAssistantTurn(policy.tokenizer, turn.assistant))
    images.push(...shown)
  }
  return { ids, images }
}
