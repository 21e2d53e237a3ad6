import { floats, type HostTensor } from '../../runtime/tensor.ts'
import type { SequenceBatch } from '../sequenceFeeds.ts'
import type { VocabularyTable } from './vocabularyTable.ts'

/** The batch's tokens as rows [B, T, hidden], visual features [M, hidden] in their places: `embedTokens` without a graph. */
export function embedBatch(batch: SequenceBatch, table: VocabularyTable, features: HostTensor): HostTensor {
  const { ids, rows, shape } = tokensOf(batch)
  const visual = features.data as Float32Array
  const known = table.lookUp(ids.filter((_, at) => (rows[at] as number) < ids.length))
  const embedded = floats([...shape, table.width])
  rows.forEach((row, at) => {
    const first = (row - ids.length) * table.width
    const values = row < ids.length ? known.get(ids[row] as number) as Float32Array : visual.subarray(first, first + table.width)
    embedded.data.set(values, at * table.width)
  })
  return embedded
}

/** Gradient of the features from that of the embedded rows: the sum over all tokens that show a feature. */
export function featureGradient(batch: SequenceBatch, dEmbedded: HostTensor): HostTensor {
  const { ids, rows } = tokensOf(batch)
  const width = dEmbedded.shape.at(-1) ?? 0
  const source = dEmbedded.data as Float32Array
  const gradient = floats([batch.images.reduce((sum, { tokens }) => sum + tokens, 0), width])
  rows.forEach((row, at) => {
    const first = (row - ids.length) * width
    for (let i = 0; first >= 0 && i < width; i++) gradient.data[first + i] = (gradient.data[first + i] as number) + (source[at * width + i] as number)
  })
  return gradient
}

function tokensOf({ feeds }: SequenceBatch): { ids: Int32Array; rows: Int32Array; shape: readonly number[] } {
  const numbers = (name: string): Int32Array => Int32Array.from(feeds.get(name)?.data as BigInt64Array, Number)
  return { ids: numbers('ids'), rows: numbers('rows'), shape: feeds.get('ids')?.shape ?? [] }
}
