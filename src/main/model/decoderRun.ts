import { Graph } from '#main/onnx/graph.ts'
import type { AnyTensor } from '../runtime/deviceTensor.ts'
import type { Session, SessionSettings } from '../runtime/session.ts'
import { floatData, type HostTensor } from '../runtime/tensor.ts'
import { extendGraph, newName, pastName } from './extendGraph.ts'
import type { ChoiceKind } from './choiceGraph.ts'
import type { BatchCache } from './keyValueCache.ts'
import { loopGraph } from './loopGraph.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** The graphs that read a cache: begin (into empty ones) and extend read tokens in, the loops write tokens. */
export type CacheGraph = 'begin' | 'extend' | ChoiceKind

/** Outputs of a run by name, and the new rows for the cache in its order. */
export interface CacheRun {
  readonly outputs: ReadonlyMap<string, HostTensor>
  readonly rows: readonly Float32Array[]
}

/** Products of a layer's matrices with this many numbers in all are done sooner by one thread than by several that have to meet after each. */
const ONE_THREAD_WORK = 3_000_000

/** The session of one of the graphs. */
export async function sessionOverCache(model: VisionLanguageModel, kind: CacheGraph, settings: SessionSettings = {}): Promise<Session> {
  const { acting } = model
  return await model.sessions.get(`${kind}${settings.threads === 1 ? ', one thread' : ''}${acting.signature}`, () => {
    const graph = new Graph()
    const weights = acting.inputs(graph)
    if (kind === 'begin' || kind === 'extend') extendGraph(graph, model.config, weights, kind === 'begin')
    else loopGraph(graph, model.config, weights, kind)
    return graph
  }, settings)
}

/** Runs one of the graphs with the model's weights over a cache. */
export async function runOverCache(model: VisionLanguageModel, kind: CacheGraph, cache: BatchCache, feeds: ReadonlyMap<string, HostTensor>): Promise<CacheRun> {
  const { hiddenSize, intermediateSize } = model.config.text
  const single = kind !== 'begin' && kind !== 'extend' && cache.lengths.length * hiddenSize * (4 * hiddenSize + 3 * intermediateSize) < ONE_THREAD_WORK
  const session = await sessionOverCache(model, kind, single ? { threads: 1 } : {})
  const all = new Map<string, AnyTensor>([...await model.acting.tensors(), ...feeds])
  const parts = Array.from({ length: model.config.text.layers }, (_, layer) => [['k', layer], ['v', layer]] as const).flat()
  parts.forEach(([part, layer], i) => all.set(pastName(part, layer), cache.tensors[i] as HostTensor))
  const outputs = await session.run(all)
  return { outputs, rows: parts.map(([part, layer]) => floatData(outputs, newName(part, layer))) }
}
