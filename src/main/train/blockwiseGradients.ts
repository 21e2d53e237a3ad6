import { Graph } from '#main/onnx/graph.ts'
import { backward } from '../autodiff/backward.ts'
import type { MaskMakers } from '../model/blockwise/blockRunner.ts'
import type { SequenceBatch } from '../model/sequenceFeeds.ts'
import type { VisionLanguageModel } from '../model/visionLanguageModel.ts'
import { floatData, floats, type HostTensor } from '../runtime/tensor.ts'
import { type Objective, objectiveLoss } from './lossGraph.ts'
import { gradientName } from './trainGraph.ts'

/**
 * Loss and adapter gradients of one micro-batch, block by block: the outputs of `gradientGraph`. The objective is a graph of its own on
 * the log-probabilities alone; `feeds` are its inputs (`objectiveFeeds`).
 */
export async function blockwiseGradients(
  model: VisionLanguageModel, objective: Objective, batch: SequenceBatch, feeds: ReadonlyMap<string, HostTensor>, masks: MaskMakers
): Promise<Map<string, HostTensor>> {
  const column = (values: Float32Array): HostTensor => floats([values.length, 1], values)
  let loss = floats([])
  const { scores, gradients } = await model.blocks.gradients(batch, masks, async ({ logProbs }) => {
    const session = await model.sessions.get(`objective ${JSON.stringify(objective)}`, () => objectiveGraph(objective))
    const outputs = await session.run(new Map([...feeds, ['logProbs', column(logProbs)]]))
    loss = floats([], floatData(outputs, 'loss'))
    return floatData(outputs, 'dLogProbs')
  })
  return new Map<string, HostTensor>([
    ['loss', loss], ['logProbs', column(scores.logProbs)], ['entropy', column(scores.entropy)],
    ...[...gradients].map(([name, gradient]): [string, HostTensor] => [gradientName(name), gradient])
  ])
}

/** The objective on given log-probabilities [K, 1], and its gradient. */
function objectiveGraph(objective: Objective): Graph {
  const graph = new Graph()
  const logProbs = graph.input('logProbs', ['K', 1])
  const loss = objectiveLoss(graph, objective, logProbs)
  const [dLogProbs = logProbs] = backward(loss, [logProbs])
  graph.output('loss', loss)
  graph.output('dLogProbs', dLogProbs)
  return graph
}
