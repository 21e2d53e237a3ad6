import { join } from 'node:path'
import { CASE_FILE } from '#main/cli/parity/caseFolder.ts'
import { everywhere, readInputs } from '#main/cli/parity/inputs.ts'
import { logitsGraph } from '#main/model/sequenceGraph.ts'
import type { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { weightInputs } from '#main/model/weights.ts'
import { Graph } from '#main/onnx/graph.ts'
import { openSafetensors } from '#main/runtime/safetensors.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData, floats, type HostTensor } from '#main/runtime/tensor.ts'

/** Logits [B, T, V] of a parity case's rows by the training graph, the model's adapter unmerged and without dropout; zeros on padding. */
export async function caseLogits(model: VisionLanguageModel, folder: string): Promise<HostTensor<'f32'>> {
  const { adapter, config, weights } = model
  const tensors = new Map([...weights, ...(adapter?.tensors ?? [])])
  const file = await openSafetensors(join(folder, CASE_FILE))
  const inputs = await readInputs(file, config)
  await file.close()
  const graph = new Graph()
  graph.output('logits', logitsGraph(graph, config, weightInputs(graph, tensors, adapter && { ...adapter, dropout: 0 })))
  const session = await Session.open(graph, { threads: 1 })
  const got = floatData(await session.run(new Map([...tensors, ...model.feeder.batch(everywhere(inputs)).feeds])), 'logits')
  await session.close()
  const vocabulary = config.text.vocabSize
  const padded = got.length / vocabulary / inputs.rows.length
  const logits = floats([inputs.rows.length, inputs.width, vocabulary])
  inputs.rows.forEach(({ columns }, row) => {
    columns.forEach((column, t) => {
      const from = (row * padded + t) * vocabulary
      logits.data.set(got.subarray(from, from + vocabulary), (row * inputs.width + column) * vocabulary)
    })
  })
  return logits
}
