import { cast, exp, mul, neg, sub } from '#main/onnx/build/elementwise.ts'
import { addElements, gatherElements } from '#main/onnx/build/gather.ts'
import { gemm } from '#main/onnx/build/matmul.ts'
import { reduceMax, reduceSum } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import type { SessionCache } from '../../runtime/sessionCache.ts'
import { floatData, floats, type HostTensor, type HostType, indices } from '../../runtime/tensor.ts'
import { LARGEST_BUFFER, stretchRows } from './limits.ts'
import type { ResidentTensors } from './residentTensors.ts'
import type { VocabularyTable } from './vocabularyTable.ts'

/** What the head says of its rows. */
export interface HeadScores {
  /** [K] log p of each row's target under the full softmax at temperature 1. */
  readonly logProbs: Float32Array
  /** [K] entropy in nats. */
  readonly entropy: Float32Array
  /** [K] log of the softmax's denominator. */
  readonly logSums: Float32Array
}

/** Sums over the softmax so far, relative to the largest logit. */
interface RunningSoftmax {
  largest: number
  /** sum of e^(l - largest). */
  sum: number
  /** sum of e^(l - largest) (l - largest). */
  weighted: number
}

/**
 * The language head on normalised rows [K, hidden], a stretch of the vocabulary at a time: neither all logits of a row nor the widened
 * weights ever exist together. The softmax is summed up on the way (Milakov and Gimelshein 2018).
 */
export class LanguageHead {
  readonly #sessions: SessionCache
  readonly #table: VocabularyTable

  readonly #residents: ResidentTensors | null
  readonly #largestBuffer: number | undefined

  /** On a graphics device with its `residents` and the size of its largest buffer. */
  constructor(sessions: SessionCache, table: VocabularyTable, residents: ResidentTensors | null = null, largestBuffer?: number) {
    this.#sessions = sessions
    this.#table = table
    this.#residents = residents
    this.#largestBuffer = largestBuffer
  }

  async forward(rows: HostTensor, targets: Int32Array): Promise<HeadScores> {
    const count = targets.length
    const running = Array.from({ length: count }, (): RunningSoftmax => ({ largest: -Infinity, sum: 0, weighted: 0 }))
    const picked = new Float32Array(count)
    for await (const { table, places, inside } of this.#stretches(targets)) {
      const session = await this.#sessions.get(`head forward ${table.dtype}`, () => this.#forwardGraph(table.dtype))
      const outputs = await session.run(new Map([['rows', rows], ['table', table], ['places', places]]))
      const [largest, sum, weighted, found] = ['largest', 'sum', 'weighted', 'picked'].map((name) => floatData(outputs, name)) as [Float32Array, Float32Array, Float32Array, Float32Array]
      for (let k = 0; k < count; k++) {
        merge(running[k] as RunningSoftmax, { largest: largest[k] as number, sum: sum[k] as number, weighted: weighted[k] as number })
        if (inside(k)) picked[k] = found[k] as number
      }
    }
    const logSums = Float32Array.from(running, ({ largest, sum }) => largest + Math.log(sum))
    return {
      logProbs: Float32Array.from(running, ({ largest, sum }, k) => (picked[k] as number) - largest - Math.log(sum)),
      entropy: Float32Array.from(running, ({ sum, weighted }) => Math.log(sum) - weighted / sum),
      logSums
    }
  }

  /** Gradient rows [K, hidden] from the gradients [K] of the log-probabilities. */
  async backward(rows: HostTensor, targets: Int32Array, { logSums }: HeadScores, dLogProbs: Float32Array): Promise<HostTensor<'f32'>> {
    const count = targets.length
    const gradient = floats(rows.shape)
    for await (const { table, places, inside } of this.#stretches(targets)) {
      const session = await this.#sessions.get(`head backward ${table.dtype}`, () => this.#backwardGraph(table.dtype))
      const hit = Float32Array.from(dLogProbs, (value, k) => (inside(k) ? value : 0))
      const outputs = await session.run(new Map<string, HostTensor>([
        ['rows', rows], ['table', table], ['places', places], ['logSums', floats([count, 1], logSums)],
        ['dLogProbs', floats([count, 1], dLogProbs)], ['hit', floats([count, 1], hit)]
      ]))
      const part = floatData(outputs, 'dRows')
      for (let i = 0; i < part.length; i++) gradient.data[i] = (gradient.data[i] as number) + (part[i] as number)
    }
    return gradient
  }

  /** All logits [K, vocabulary] of rows [K, hidden]. */
  async logits(rows: HostTensor): Promise<Float32Array> {
    const [count, width] = [rows.shape[0] ?? 0, this.#table.size]
    const logits = new Float32Array(count * width)
    let first = 0
    for await (const { table } of this.#stretches(new Int32Array(count))) {
      const session = await this.#sessions.get(`head logits ${table.dtype}`, () => this.#logitsGraph(table.dtype))
      const part = floatData(await session.run(new Map([['rows', rows], ['table', table]])), 'logits')
      const stretch = part.length / count
      for (let k = 0; k < count; k++) logits.set(part.subarray(k * stretch, (k + 1) * stretch), k * width + first)
      first += stretch
    }
    return logits
  }

  close(): void {
    this.#table.close()
  }

  /** Stretches of the vocabulary, with each target's place in them (0 where it lies elsewhere). */
  async *#stretches(targets: Int32Array): AsyncGenerator<{ table: HostTensor; places: HostTensor; inside: (k: number) => boolean }> {
    const { size, width } = this.#table
    const most = stretchRows(width, targets.length, Math.min(this.#largestBuffer ?? LARGEST_BUFFER, LARGEST_BUFFER))
    for (let first = 0; first < size; first += most) {
      const count = Math.min(most, size - first)
      const inside = (k: number): boolean => (targets[k] as number) >= first && (targets[k] as number) < first + count
      const places = indices([targets.length, 1], targets.map((target, k) => (inside(k) ? target - first : 0)))
      const table = this.#table.rows(first, count)
      yield { table: await this.#residents?.fed(table) ?? table, places, inside }
    }
  }

  #inputs(graph: Graph, dtype: HostType): { table: Value; logits: Value } {
    const { width } = this.#table
    const table = cast(graph.input('table', ['V', width], dtype), 'f32')
    return { table, logits: gemm(graph.input('rows', ['K', width]), table, { transB: true }) }
  }

  #logitsGraph(dtype: HostType): Graph {
    const graph = new Graph()
    graph.output('logits', this.#inputs(graph, dtype).logits)
    return graph
  }

  #forwardGraph(dtype: HostType): Graph {
    const graph = new Graph()
    const { logits } = this.#inputs(graph, dtype)
    const places = graph.input('places', ['K', 1], 'i64')
    const largest = reduceMax(logits, [-1])
    const below = sub(logits, largest)
    const shares = exp(below)
    graph.output('largest', largest)
    graph.output('sum', reduceSum(shares, [-1]))
    graph.output('weighted', reduceSum(mul(shares, below), [-1]))
    graph.output('picked', gatherElements(logits, places))
    return graph
  }

  /** d log p(target) = onehot(target) - p. */
  #backwardGraph(dtype: HostType): Graph {
    const graph = new Graph()
    const { table, logits } = this.#inputs(graph, dtype)
    const places = graph.input('places', ['K', 1], 'i64')
    const column = (name: string): Value => graph.input(name, ['K', 1])
    const spread = mul(exp(sub(logits, column('logSums'))), neg(column('dLogProbs')))
    graph.output('dRows', gemm(addElements(spread, places, column('hit'), -1), table))
    return graph
  }
}

function merge(into: RunningSoftmax, next: RunningSoftmax): void {
  const largest = Math.max(into.largest, next.largest)
  const moved = ({ largest: old, sum, weighted }: RunningSoftmax): [number, number] => {
    const scale = Math.exp(old - largest)
    return [scale * sum, sum === 0 ? 0 : scale * (weighted + (old - largest) * sum)]
  }
  const [[sum, weighted], [nextSum, nextWeighted]] = [moved(into), moved(next)]
  into.largest = largest
  into.sum = sum + nextSum
  into.weighted = weighted + nextWeighted
}
