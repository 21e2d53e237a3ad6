import { Random } from '#shared/domain/random.ts'
import type { RawImage } from '../image/rawImage.ts'
import { BlockwisePass } from './blockwise/blockwisePass.ts'
import { encodeAssistantTurn, encodeUserTurn } from './chatTemplate.ts'
import { Policy } from './policy.ts'
import { preprocess, type ProcessorConfig } from './processor.ts'
import type { TokenSample } from './sequence.ts'
import { SequenceFeeder } from './sequenceFeeds.ts'
import type { Tokenizer } from './tokenizer.ts'

/** How far the logits of two models are from each other on the same rows. */
export interface LogitsError {
  /** Tokens whose next-token logits were compared. */
  readonly rows: number
  /** Of the absolute differences of logits, each row's mean difference taken off: a softmax does not see it. */
  readonly largest: number
  readonly mean: number
  /** KL(before || after) in nats. */
  readonly meanKl: number
  readonly largestKl: number
  /** Share of rows whose most likely token is the same. */
  readonly sameTop: number
}

const SIDE = 224
const QUESTION = '<image>\nWhere is the red box, and does the line touch it? Draw before you answer.'
const ANSWER = '<think>I draw a box around the red shape: {"bbox_2d": [30, 40, 110, 96], "label": "red"}. The line runs from [8, 200] to [190, 64] and ' +
  'passes below its lower edge, so they do not meet.</think><answer>It is in the upper left part of the picture, and the line does not touch it.</answer>'

/**
 * Runs the checkpoints of two folders, one before and one after rounding, on the same question with a picture and compares what they say of
 * every token of an answer.
 */
export async function compareLogits(before: string, after: string, threads?: number): Promise<LogitsError> {
  const [from, to] = [await logitsOf(before, threads), await logitsOf(after, threads)]
  return logitsError(from.logits, to.logits, from.width)
}

async function logitsOf(folder: string, threads: number | undefined): Promise<{ logits: Float32Array; width: number }> {
  const policy = await Policy.open(folder, { blockwise: true, ...(threads === undefined ? {} : { threads }) })
  const pass = new BlockwisePass(policy)
  try {
    const batch = new SequenceFeeder(policy.config).batch([calibrationSample(policy.tokenizer, policy.processor)])
    return { logits: await pass.logits(batch), width: policy.config.text.vocabSize }
  } finally {
    await pass.close()
  }
}

/** A question about a picture of shapes, with its answer as targets. */
function calibrationSample(tokenizer: Tokenizer, processor: ProcessorConfig): TokenSample {
  const image = preprocess(shapes(), processor)
  const prompt = encodeUserTurn(tokenizer, { system: null, text: QUESTION, imageTokens: [image.tokens], first: true })
  const answer = encodeAssistantTurn(tokenizer, ANSWER)
  const loss = new Float32Array(prompt.length + answer.length).fill(1, prompt.length)
  return { ids: Int32Array.from([...prompt, ...answer]), loss, images: [image] }
}

/** A red box, a blue line and faint noise on grey. */
function shapes(): RawImage {
  const random = Random.seeded(1, 'calibration')
  const data = new Uint8Array(3 * SIDE * SIDE)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const inBox = x >= 30 && x < 110 && y >= 40 && y < 96
      const onLine = Math.abs(y - (200 - 0.75 * (x - 8))) < 2 && x >= 8 && x < 190
      const [red, green, blue] = inBox ? [200, 30, 40] : onLine ? [30, 60, 220] : [180, 180, 180]
      data.set([red, green, blue].map((value) => Math.min(255, value + random.integer(0, 20))), 3 * (y * SIDE + x))
    }
  }
  return { width: SIDE, height: SIDE, data }
}

/** Compares logits [rows, width]. */
export function logitsError(before: Float32Array, after: Float32Array, width: number): LogitsError {
  const rows = before.length / width
  let [largest, sum, klSum, largestKl, same] = [0, 0, 0, 0, 0]
  for (let row = 0; row < rows; row++) {
    const [p, q] = [before.subarray(row * width, (row + 1) * width), after.subarray(row * width, (row + 1) * width)]
    const shift = q.reduce((total, value, i) => total + value - (p[i] as number), 0) / width
    const [logP, logQ] = [logSum(p), logSum(q)]
    let kl = 0
    p.forEach((value, i) => {
      const difference = Math.abs((q[i] as number) - value - shift)
      sum += difference
      largest = Math.max(largest, difference)
      kl += Math.exp(value - logP) * (value - logP - (q[i] as number) + logQ)
    })
    klSum += kl
    largestKl = Math.max(largestKl, kl)
    if (topOf(p) === topOf(q)) same++
  }
  return { rows, largest, mean: sum / before.length, meanKl: klSum / rows, largestKl, sameTop: same / rows }
}

function logSum(row: Float32Array): number {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity)
  return largest + Math.log(row.reduce((total, value) => total + Math.exp(value - largest), 0))
}

function topOf(row: Float32Array): number {
  return row.reduce((best, value, i) => (value > (row[best] as number) ? i : best), 0)
}
