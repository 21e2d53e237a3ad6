import { join } from 'node:path'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import type { QuantizedWeight } from '../model/convertWeights.ts'
import { importCheckpoint, type ImportedCheckpoint } from '../model/importCheckpoint.ts'
import type { LogitsError } from '../model/quantizationError.ts'
import { ProgressMeter } from '../train/progress.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'

const MEGABYTE = 1e6
/** Tensors told one by one; of more only their number. */
const TOLD = 40

/** A Hugging Face folder becomes a model of the project, with a report of what conversion lost. */
export async function importModelJob(job: Extract<EngineJob, { kind: 'importModel' }>, channel: JobChannel): Promise<JobEnding> {
  let meter: ProgressMeter | null = null
  const imported = await importCheckpoint(job.source, join(job.projectFolder, 'models'), job.folderName, {
    onProgress: (done, total) => {
      meter ??= new ProgressMeter('convert weights', 'MB', total / MEGABYTE)
      channel.emit({ kind: 'progress', progress: meter.at(done / MEGABYTE) })
    },
    stop: channel.stop
  }, { quantize: job.quantize ?? false, ...(job.threads === undefined ? {} : { threads: job.threads }) })
  tell(imported, channel)
  if (imported.logits) tellQuantized(imported.quantized, imported.logits, channel)
  channel.emit({
    kind: 'checkpoint',
    checkpoint: {
      id: newId(CheckpointId), name: job.name, runId: null, step: null, folder: `models/${imported.folder}`, hash: imported.hash,
      family: imported.family, parameters: imported.parameters, createdAt: new Date().toISOString()
    }
  })
  const maxError = imported.converted.reduce((most, tensor) => Math.max(most, tensor.maxError), 0)
  return {
    kind: 'finished',
    summary: {
      parameters: imported.parameters, weights: imported.weights, converted: imported.converted.length, maxError,
      overflowed: imported.converted.reduce((sum, tensor) => sum + tensor.overflowed, 0),
      underflowed: imported.converted.reduce((sum, tensor) => sum + tensor.underflowed, 0),
      ...(imported.logits ? {
        quantized: imported.quantized.length, weightError: Math.max(...imported.quantized.map(({ relativeError }) => relativeError)),
        logitError: imported.logits.mean, largestLogitError: imported.logits.largest, meanKl: imported.logits.meanKl, sameTop: imported.logits.sameTop
      } : {})
    }
  }
}

function tell({ converted, unused }: ImportedCheckpoint, { emit }: JobChannel): void {
  const log = (level: 'info' | 'warning', text: string): void => emit({ kind: 'log', level, text })
  if (unused.length > 0) log('info', `Left out ${unused.length} tensors the model has no use for: ${unused.slice(0, 6).join(', ')}`)
  const lossy = converted.filter(({ overflowed, underflowed, notFinite }) => overflowed + underflowed + notFinite > 0)
  for (const { name, dtype, overflowed, underflowed, notFinite, maxError } of lossy.slice(0, TOLD)) {
    const facts = [
      ...(overflowed > 0 ? [`${overflowed} values beyond half precision, kept as ${dtype}`] : []),
      ...(underflowed > 0 ? [`${underflowed} values became zero`] : []),
      ...(notFinite > 0 ? [`${notFinite} values are not finite`] : [])
    ]
    log(notFinite > 0 ? 'warning' : 'info', `${name}: ${facts.join(', ')}; largest error ${maxError.toExponential(2)}`)
  }
  if (lossy.length > TOLD) log('info', `and ${lossy.length - TOLD} more tensors`)
}

/** What rounding to 4 bits lost: a line per decoder layer, and what it did to an answer. */
function tellQuantized(quantized: readonly QuantizedWeight[], logits: LogitsError, { emit }: JobChannel): void {
  const log = (text: string): void => emit({ kind: 'log', level: 'info', text })
  const layers = new Map<string, string[]>()
  for (const { name, relativeError } of quantized) {
    const [, layer = '', module = ''] = /^model\.layers\.(\d+)\.\w+\.(\w+)\.weight$/u.exec(name) ?? []
    layers.set(layer, [...layers.get(layer) ?? [], `${module} ${(100 * relativeError).toFixed(1)} %`])
  }
  for (const [layer, errors] of layers) log(`4 bits, layer ${layer}, error of the weights (root mean square over that of the weights): ${errors.join(', ')}`)
  log(`4 bits, logits of ${logits.rows} tokens of an answer about a picture: mean error ${logits.mean.toFixed(3)}, largest ${logits.largest.toFixed(2)}; ` +
    `KL divergence ${logits.meanKl.toExponential(1)} nats a token, at most ${logits.largestKl.toExponential(1)}; same most likely token in ${(100 * logits.sameTop).toFixed(0)} %`)
}
