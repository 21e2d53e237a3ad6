import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { finding, type PreflightCheck, type PreflightName } from '#shared/domain/preflight.ts'
import { describeModel } from '../../model/modelFacts.ts'
import { loadPromptPreset } from '../../rollout/prompt.ts'
import { machineBytes } from '../blockwiseChoice.ts'
import { readDataset } from '../dataset.ts'
import type { JobChannel, JobEnding } from '../jobChannel.ts'
import { openBench } from '../openBench.ts'
import type { PreflightJob } from '../protocol.ts'
import { cardCheck } from './card.ts'
import { diskCheck } from './disk.ts'
import { memoryCheck } from './memory.ts'
import { loadOf, type RunLoad } from './load.ts'
import { dryRunCheck, rehearse, timeCheck } from './rehearsal.ts'
import { settingsCheck } from './settings.ts'

/** Looks at everything a run needs before it starts: one finding a check, of which none is thrown. */
export async function preflightJob(job: PreflightJob, channel: JobChannel): Promise<JobEnding> {
  await mkdir(job.runFolder, { recursive: true })
  try {
    const checks = await checksOf(job, channel)
    if (channel.stop.aborted) return { kind: 'stopped' }
    channel.emit({ kind: 'preflight', preflight: { checks } })
    return { kind: 'finished', summary: { checks: checks.length, errors: checks.filter(({ state }) => state === 'error').length } }
  } finally {
    await rm(job.runFolder, { recursive: true, force: true })
  }
}

async function checksOf(job: PreflightJob, channel: JobChannel): Promise<PreflightCheck[]> {
  const lines = await readDataset(job.dataset)
  const described = await describeModel(join(job.projectFolder, job.checkpoint.folder))
  const machine = machineBytes()
  const settings = settingsCheck(job.run.settings, loadPromptPreset(job.prompt))
  if (settings.state === 'error') return [settings]
  const load = await attempted('questions', () => loadOf(job, lines))
  if ('check' in load) return [settings, load.check]
  const memory = memoryCheck(job.run.settings, described, load, machine)
  const looked = [settings, questionsFound(load), ...(job.found ?? []), memory, ...(job.device === 'webgpu' ? [cardCheck(job.run.settings, described, load, machine, job.cardBytes ?? null)] : [])]
  if (memory.state === 'error') return [...looked, await diskCheck(job, described, load, null)]
  if (!job.rehearse) return [...looked, await diskCheck(job, described, load, null), notRehearsed()]
  const bench = await openBench(job)
  const rehearsal = await attempted('dryRun', () => rehearse(job, lines, bench, channel))
  const disk = await diskCheck(job, described, load, 'check' in rehearsal ? null : rehearsal)
  if ('check' in rehearsal) return [...looked, disk, rehearsal.check]
  return [...looked, disk, dryRunCheck(rehearsal, machine), timeCheck(job.run.settings, load, rehearsal)]
}

/** What `look` found, or the finding it failed with. */
async function attempted<T extends object>(name: PreflightName, look: () => Promise<T>): Promise<T | { check: PreflightCheck }> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof SightlineError)) throw error
    return { check: { name, state: 'error', message: error.message, numbers: {}, findings: [], error: error.toRecord() } }
  }
}

function questionsFound({ items, imageTokens }: RunLoad): PreflightCheck {
  const { least, most } = imageTokens
  const numbers = { items, imageTokensMin: least, imageTokensMax: most }
  return {
    name: 'questions', state: 'ok', error: null, numbers, findings: [finding('questionsFit', numbers)],
    message: `${items} questions fit the model: pictures and placeholders agree, ${least} to ${most} visual tokens each`
  }
}

function notRehearsed(): PreflightCheck {
  return { name: 'dryRun', state: 'warning', message: 'Not tried: another job has the machine, so its time would say nothing', numbers: {}, findings: [finding('notTried')], error: null }
}
