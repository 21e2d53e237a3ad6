/**
 * GPT-2's byte alphabet: every byte has a printable character, so that a byte-level BPE vocabulary can be written as JSON
 * text. Bytes 33-126, 161-172 and 174-255 stand for themselves; the other 68 are moved to U+0100 and up in order.
 */
const PRINTABLE: readonly (readonly [number, number])[] = [[33, 126], [161, 172], [174, 255]]

function alphabet(): string[] {
  const characters = new Array<string>(256)
  let moved = 0
  for (let byte = 0; byte < 256; byte++) {
    const printable = PRINTABLE.some(([low, high]) => byte >= low && byte <= high)
    characters[byte] = String.fromCharCode(printable ? byte : 256 + moved++)
  }
  return characters
}

/** Character of each byte, indexed by the byte. */
export const BYTE_CHARACTERS: readonly string[] = alphabet()

const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]))

/** Ids 0-255 of a Qwen vocabulary: the 256 byte characters in order of their code points. */
export const BYTE_VOCABULARY: readonly string[] = [...BYTE_CHARACTERS].sort()

/** The UTF-8 bytes of `text`, each written as its byte character. */
export function toByteCharacters(text: string): string {
  let written = ''
  for (const byte of new TextEncoder().encode(text)) written += BYTE_CHARACTERS[byte] ?? ''
  return written
}

/** The bytes behind a vocabulary entry; null when a character is not of the byte alphabet. */
export function fromByteCharacters(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF.get(token.charAt(i))
    if (byte === undefined) return null
    bytes[i] = byte
  }
  return bytes
}
