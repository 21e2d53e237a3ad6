import { join } from 'node:path'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import { importCheckpoint, type ImportedCheckpoint } from '../model/importCheckpoint.ts'
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
  })
  tell(imported, channel)
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
      underflowed: imported.converted.reduce((sum, tensor) => sum + tensor.underflowed, 0)
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
