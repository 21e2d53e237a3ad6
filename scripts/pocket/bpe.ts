import { SightlineError } from '#shared/domain/errors.ts'
import { BYTE_VOCABULARY, toByteCharacters } from '#main/model/byteLevel.ts'
import { addedToken, QWEN_SPECIAL_TOKENS, QWEN_SPLIT_PATTERN, qwenTokenizerJson } from '#main/model/tokenizerJson.ts'
import type { TokenizerJson } from '#main/model/tokenizerJson.ts'

export interface BpeOptions {
  /** Total number of ids: 256 bytes + merges + Qwen's 14 special tokens + `addedTokens`. Fewer when the corpus gives out. */
  readonly vocabSize: number
  /** Plain (non-special) tokens that are cut out of the text as written, e.g. pieces of the wire format. */
  readonly addedTokens: readonly string[]
}

/** A distinct piece of text between cuts: its symbols now, and how often the corpus has it. */
interface Word { symbols: string[]; count: number }

/**
 * Byte-level BPE (Sennrich et al. 2016) over `corpus`: merges the most frequent pair until the vocabulary is full or no
 * pair occurs twice; equal counts go to the pair that sorts first, so the result depends on the corpus alone. Ids: bytes,
 * merges in order, special tokens, added tokens.
 */
export function trainBpe(corpus: readonly string[], options: BpeOptions): TokenizerJson {
  const added = [...new Set(options.addedTokens)].filter((token) => token.length > 0)
  const room = options.vocabSize - BYTE_VOCABULARY.length - QWEN_SPECIAL_TOKENS.length - added.length
  if (room < 0) {
    throw new SightlineError('bad_input', `A vocabulary of ${options.vocabSize} has no room for 256 bytes and the added tokens`, {
      advice: `ask for at least ${options.vocabSize - room}`
    })
  }
  const words = countWords(corpus, [...QWEN_SPECIAL_TOKENS, ...added])
  const tokens = [...BYTE_VOCABULARY]
  const known = new Set(tokens)
  const merges: [string, string][] = []
  while (merges.length < room) {
    const pair = bestPair(words)
    if (pair === null) break
    merges.push(pair)
    applyMerge(words, pair)
    const merged = pair[0] + pair[1]
    if (!known.has(merged)) tokens.push(merged)
    known.add(merged)
  }
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  const specials = QWEN_SPECIAL_TOKENS.map((token, i) => addedToken(tokens.length + i, token, true))
  const firstPlain = tokens.length + specials.length
  return qwenTokenizerJson(vocab, merges, [...specials, ...added.map((token, i) => addedToken(firstPlain + i, token, false))])
}

function countWords(corpus: readonly string[], cuts: readonly string[]): Word[] {
  const escaped = [...cuts].sort((a, b) => b.length - a.length).map((cut) => cut.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&'))
  const cutPattern = new RegExp(escaped.join('|'), 'u')
  const splitPattern = new RegExp(QWEN_SPLIT_PATTERN, 'gu')
  const counts = new Map<string, number>()
  for (const text of corpus) {
    for (const piece of text.split(cutPattern)) {
      for (const [word] of piece.normalize('NFC').matchAll(splitPattern)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts].map(([word, count]) => ({ symbols: [...toByteCharacters(word)], count }))
}

function bestPair(words: readonly Word[]): [string, string] | null {
  const counts = new Map<string, number>()
  for (const { symbols, count } of words) {
    for (let i = 0; i + 1 < symbols.length; i++) {
      const pair = `${symbols[i] ?? ''} ${symbols[i + 1] ?? ''}`
      counts.set(pair, (counts.get(pair) ?? 0) + count)
    }
  }
  let best: string | null = null
  let bestCount = 1
  for (const [pair, count] of counts) {
    if (count > bestCount || (count === bestCount && best !== null && pair < best)) {
      best = pair
      bestCount = count
    }
  }
  if (best === null) return null
  const space = best.indexOf(' ')
  return [best.slice(0, space), best.slice(space + 1)]
}

function applyMerge(words: Word[], [left, right]: readonly [string, string]): void {
  for (const word of words) {
    const { symbols } = word
    if (!symbols.includes(left)) continue
    const merged: string[] = []
    for (let i = 0; i < symbols.length; i++) {
      const symbol = symbols[i] ?? ''
      if (symbol === left && symbols[i + 1] === right) {
        merged.push(left + right)
        i++
      } else merged.push(symbol)
    }
    word.symbols = merged
  }
}
