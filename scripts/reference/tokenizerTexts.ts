import { mkdirSync, writeFileSync } from 'node:fs'
import { Random } from '#shared/domain/random.ts'
import { trainBpe } from '../pocket/bpe.ts'

/**
 * Writes test/fixtures/tokenizer/{tokenizer,texts}.json: a small vocabulary in Qwen's form and a hard corpus.
 * `python scripts/reference/tokenizer.py` then adds transformers' ids. Run from the repository root.
 */
const FOLDER = 'test/fixtures/tokenizer'

/** Texts that tell tokenizers apart; each line of a group is one text. */
const HARD = [
  '', ' ', '   ', '\n', '\r\n\r\n', ' \n \n', '\t\tx', 'a  b   c    d', 'trailing   ', '  leading', 'line\r\nline\rline\n\n\nend', ' \u00a0\u2003x', 'a\u0085b',
  '\ufeffBOM', 'a\u200bb\u200dc', 'a\u2028b\u2029c', 'nul\u0000byte\u0007', '\u3000\u3000\u5168\u89d2',
  "don't I'LL we'Ve it's 'tis 'S 'RE", "'\u017ft is'\u017f", "O\u2019Neill isn\u2019t", "x'd'll'm've", '\u0130stanbul \u0131\u015f\u0131k',
  '0 12 345 6789 3.14159 -1e-9 1,234,567', '[14, 42, 98, 112]', '\u00bd \u00b2\u00b3 \u2167 \u0664\u0665 \uff11\uff12', 'a1b22c333', '12:34:56', '192.168.0.1',
  '\u6f22\u5b57\u304b\u306a\u4ea4\u3058\u308a\u6587', '\u4f60\u597d\uff0c\u4e16\u754c\uff01', '\ud55c\uad6d\uc5b4 \u1112\u1161\u11ab', '\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35', '\u0928\u092e\u0938\u094d\u0924\u0947 \u0915\u094d\u0937', '\u0645\u0631\u062d\u0628\u064b\u0627 \u0628\u0650\u0643', '\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd',
  '\ud83d\ude00', '\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67\u200d\ud83d\udc66 family', '\ud83c\uddeb\ud83c\uddf7\ud83c\udde9\ud83c\uddea', '\ud83d\udc4d\ud83c\udffd ok', '\u2764\ufe0f', '\ud83e\uddd1\ud83c\udffb\u200d\ud83d\ude80!',
  'e\u0301 = \u00e9', 'A\u030a\u212b', 'o\u0302\u0323', 'q\u0307\u0323', '\ufb01 \ufb03', 'Z\u0351\u036b\u0343a\u0329l\u034cg\u0321o', '\u1e9b\u0323', '\u0344',
  '<|im_start|>user\nhi<|im_end|>\n', 'a<|image_pad|><|image_pad|>b', '<|vision_start|><|image_pad|><|vision_end|>', '<|im_start', '<|IM_END|>', '<|endoftext|>', '<|im_end|> <|im_end|>',
  'e<|im_end|>\u0301', '<image> <think> x </think> Action: Path Tracer\n```json\n[{"index": 1, "bbox_2d": [1, 22, 333, 4444], "label": "a b"}]\n```',
  '<think> ... </think> Action: Answer\n<answer> B </answer>', 'def f(x):\n\treturn x**2  # ok\n', '!!!???...', '--==>> <<==--', '$100 \u20ac50 \u00a35', 'a_b-c.d/e\\f', '"quoted" \'single\'', 'https://example.org/?q=1&r=%20#x', '\u{10348}\u{1d400}', '\u0378\ufffe'
]

const ALPHABET = ['a', 'B', "'s", "'", ' ', '  ', '\n', '\r', '\t', '7', '42', '.', ',', '!', '-', '\u00e9', 'e\u0301', '\u0308', '\u6f22', '\ud83d\ude00', '\u200d', '\u0915', '\u094d', '\u00b2', '\u00a0', '\u2028', '\u0085', '\ufeff', '\u017f', '<|im_end|>', '<|image_pad|>', ', ']

const random = Random.seeded(5, 'tokenizer texts')
const fuzzed = Array.from({ length: 400 }, () => Array.from({ length: random.integer(1, 14) }, () => random.pick(ALPHABET)).join(''))
const corpus = Array.from({ length: 40 }, () => HARD).flat()
mkdirSync(FOLDER, { recursive: true })
writeFileSync(`${FOLDER}/tokenizer.json`, JSON.stringify(trainBpe(corpus, { vocabSize: 900, addedTokens: ['"}]\n```', '], "label": "'] })))
writeFileSync(`${FOLDER}/texts.json`, JSON.stringify([...HARD, ...fuzzed, 'ab'.repeat(700), '1'.repeat(300), ' '.repeat(300)]))
