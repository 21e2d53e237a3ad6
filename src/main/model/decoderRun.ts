import { Graph } from '#main/onnx/graph.ts'
import { floatData, type HostTensor } from '../runtime/tensor.ts'
import { extendGraph, newName, pastName } from './extendGraph.ts'
import type { ChoiceKind } from './choiceGraph.ts'
import type { BatchCache } from './keyValueCache.ts'
import { loopGraph } from './loopGraph.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'
import { weightInputs } from './weights.ts'

/** The graphs that read a cache: extend reads tokens in, the loops write tokens. */
export type CacheGraph = 'extend' | ChoiceKind

/** Outputs of a run by name, and the new rows for the cache in its order. */
export interface CacheRun {
  readonly outputs: ReadonlyMap<string, HostTensor>
  readonly rows: readonly Float32Array[]
}

/** Runs one of the graphs with the model's weights over a cache. */
export async function runOverCache(model: VisionLanguageModel, kind: CacheGraph, cache: BatchCache, feeds: ReadonlyMap<string, HostTensor>): Promise<CacheRun> {
  const session = await model.sessions.get(kind, () => {
    const graph = new Graph()
    const weights = weightInputs(graph, model.weights)
    if (kind === 'extend') extendGraph(graph, model.config, weights)
    else loopGraph(graph, model.config, weights, kind)
    return graph
  })
  const all = new Map([...await model.merged(), ...feeds])
  const parts = Array.from({ length: model.config.text.layers }, (_, layer) => [['k', layer], ['v', layer]] as const).flat()
  parts.forEach(([part, layer], i) => all.set(pastName(part, layer), cache.tensors[i] as HostTensor))
  const outputs = await session.run(all)
  return { outputs, rows: parts.map(([part, layer]) => floatData(outputs, newName(part, layer))) }
}
