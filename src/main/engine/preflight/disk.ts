import { statfs } from 'node:fs/promises'
import { SightlineError } from '#shared/domain/errors.ts'
import { finding, type PreflightCheck } from '#shared/domain/preflight.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import type { PreflightJob } from '../protocol.ts'
import { adapterParameters } from '../../model/memoryPlan.ts'
import type { DescribedModel } from '../../model/modelFacts.ts'
import { rolloutCount, stepsOf } from './extent.ts'
import type { RunLoad } from './load.ts'
import { gigabytes } from './memory.ts'
import type { Rehearsal } from './rehearsal.ts'

/** A float32. */
const FLOAT = 4
/** Bytes of a rollout where none was tried: its tokens (ids, log-probabilities, entropies) and a few drawn pictures. */
const TOKEN_BYTES = 24
const PICTURE_BYTES = 30_000
/** Room to leave to the rest of the machine. */
const SPARE_BYTES = 500e6

const FINDINGS = { ok: [], warning: ['diskTight', 'diskAdvice'], error: ['diskShort', 'diskAdvice'] } as const

/** What a run leaves and needs for a while on the project's disk: states (two while one replaces the other), checkpoints, rollouts. */
export async function diskCheck(job: PreflightJob, described: DescribedModel, load: RunLoad, rehearsal: Rehearsal | null): Promise<PreflightCheck> {
  const { settings } = job.run
  const statesBytes = 2 * 3 * FLOAT * trainedParameters(settings, described)
  const checkpointsBytes = checkpointCount(settings, stepsOf(settings, load)) * FLOAT * described.facts.parameters.total
  const rolloutsBytes = rolloutCount(settings, load) * (rehearsal?.bytesPerPath ?? load.sampling.maxTotalTokens * TOKEN_BYTES + 2 * PICTURE_BYTES)
  const neededBytes = statesBytes + checkpointsBytes + rolloutsBytes
  const { bavail, bsize } = await statfs(job.projectFolder)
  const freeBytes = bavail * bsize
  const state = neededBytes > freeBytes ? 'error' : neededBytes + SPARE_BYTES > freeBytes ? 'warning' : 'ok'
  const error = new SightlineError('disk_full', `This run needs about ${gigabytes(neededBytes)} GB on the disk; ${gigabytes(freeBytes)} GB are free`, {
    where: job.projectFolder, advice: 'free some space, or keep fewer checkpoints (checkpointEvery, keepCheckpoints)'
  })
  const numbers = { neededBytes, statesBytes, checkpointsBytes, rolloutsBytes, freeBytes }
  return {
    name: 'disk', state, numbers, findings: [finding('diskNeeds', numbers), ...FINDINGS[state].map((code) => finding(code, numbers))], error: state === 'error' ? error.toRecord() : null,
    message: `About ${gigabytes(neededBytes)} GB (states ${gigabytes(statesBytes)}, checkpoints ${gigabytes(checkpointsBytes)}, rollouts ${gigabytes(rolloutsBytes)}) of ${gigabytes(freeBytes)} GB free`
  }
}

function trainedParameters({ config }: StageConfig, { config: model, facts }: DescribedModel): number {
  if (config.loraRank > 0) return adapterParameters(model.text, config.loraRank)
  const { total, vision } = facts.parameters
  return config.trainVision ? total : total - vision
}

/** The last one, the ones kept beside the best, and one more while it is written. */
function checkpointCount({ config }: StageConfig, steps: number): number {
  if (config.checkpointEvery === 0) return 1
  return Math.min(config.keepCheckpoints + 3, Math.ceil(steps / config.checkpointEvery) + 1)
}
