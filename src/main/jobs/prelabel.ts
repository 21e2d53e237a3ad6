import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { PathWriter } from '#shared/contract/pathWriter.ts'
import type { OpenPrelabel, PrelabelPreview, PrelabelRequest } from '#shared/contract/prelabel.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { teacherName } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type ItemId, JobId, newId, PrelabelId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { listItemIds } from '../store/items.ts'
import {
  changePrelabel, dropOpenItems, getPrelabel, insertPrelabel, itemsWithPaths, listPrelabels, measuredRate, type OpenItem, openItemsOf, type Prelabel
} from '../store/prelabels.ts'
import type { ProjectReader } from '../store/project.ts'
import { listItemIdsOf } from '../store/trajectories.ts'
import { chooseDevice } from './deviceChoice.ts'
import { runEngineJob } from './engineJob.ts'
import { freezeData } from './frozenData.ts'
import { isOver, type Summary } from './jobLog.ts'
import type { JobContext } from './jobRunner.ts'
import { PrelabelKeeper } from './prelabelKeeper.ts'
import { mannerOf } from './rollout.ts'
import { firstAcrossTasks } from './selection.ts'
import type { ScoredPath } from './storePath.ts'
import { Tally } from './tally.ts'
import { endpointSampling, studentOf, writeWithEndpoint } from './teaching.ts'
import type { Workshop } from './workshop.ts'

export interface StartedPrelabel {
  readonly id: PrelabelId
  readonly jobId: JobId
}

/** Endpoints do not know the form of the answers. */
const ENDPOINT_PROMPT = 'vilasr'

/**
 * Queues the writing of paths for people to judge. Nothing that is there is changed, whoever made it: these paths stand beside it.
 * @throws SightlineError `not_found` for an unknown writer, `bad_input` without items
 */
export async function startPrelabel(workshop: Workshop, request: PrelabelRequest): Promise<StartedPrelabel> {
  const name = await nameOfWriter(workshop, request.writer)
  const { itemIds, found } = await itemsFor(workshop, request)
  if (itemIds.length === 0) {
    throw new SightlineError('bad_input', found === 0 ? 'There is no item to write paths for' : 'All of these items have a path already', {
      where: `${found} items`, advice: found === 0 ? 'Generate or import items, or choose other filters' : 'Ask for paths of items that have some, too'
    })
  }
  const prelabel = { id: newId(PrelabelId), jobId: newId(JobId), request, createdAt: new Date().toISOString() }
  submit(workshop, prelabel, jobTitle('prelabel', { items: itemIds.length, writer: name }), () => noted)
  const noted = insertPrelabel(workshop.project, prelabel, itemIds, () => setImmediate())
  await noted
  return { id: prelabel.id, jobId: prelabel.jobId }
}

/**
 * Goes on with a pre-labelling that ended early: its open items, with the seeds they would have had.
 * @throws SightlineError `not_found`, `conflict` while it runs or when nothing is open
 */
export async function resumePrelabel(workshop: Workshop, id: PrelabelId): Promise<StartedPrelabel> {
  const prelabel = getPrelabel(workshop.project, id)
  if (!isOver(workshop.runner.log.get(prelabel.jobId))) throw new SightlineError('conflict', 'This pre-labelling is under way', { where: id })
  const open = prelabel.items - prelabel.done
  if (open === 0) throw new SightlineError('conflict', 'This pre-labelling is finished', { where: id })
  const jobId = newId(JobId)
  submit(workshop, { ...prelabel, jobId }, jobTitle('prelabelMore', { items: open, writer: await nameOfWriter(workshop, prelabel.request.writer) }), () => Promise.resolve())
  changePrelabel(workshop.project, id, { jobId })
  return { id, jobId }
}

/** What a request would write, and how long the writer would take at the rate it had last. @throws SightlineError as the start */
export async function previewPrelabel(workshop: Workshop, request: PrelabelRequest): Promise<Omit<PrelabelPreview, 'memory'>> {
  const { itemIds, found, skipped } = await itemsFor(workshop, request)
  const paths = itemIds.length * request.samples
  const rate = measuredRate(workshop.project, request.writer)
  return { found, skipped, items: itemIds.length, paths, seconds: rate === null ? null : paths / rate }
}

/** Pre-labellings that ended before their last item. */
export function listOpenPrelabels({ project, runner }: Workshop): OpenPrelabel[] {
  return listPrelabels(project).flatMap(({ id, jobId, items, done, createdAt }) => {
    const job = runner.log.get(jobId)
    return done < items && isOver(job) ? [{ id, title: job.title, items, done, createdAt }] : []
  })
}

/** Forgets the open items of a pre-labelling that does not run. @throws SightlineError `not_found`, `conflict` */
export function forgetPrelabel({ project, runner }: Workshop, id: PrelabelId): void {
  if (!isOver(runner.log.get(getPrelabel(project, id).jobId))) {
    throw new SightlineError('conflict', 'This pre-labelling is under way', { where: id, advice: 'Cancel its job first' })
  }
  dropOpenItems(project, id)
}

function submit(workshop: Workshop, { id, jobId, request }: Pick<Prelabel, 'id' | 'jobId' | 'request'>, title: string, noted: () => Promise<void>): void {
  workshop.runner.submit({
    id: jobId, kind: 'rollout', title, lane: request.writer.kind === 'endpoint' ? 'data' : 'engine', runId: null,
    work: async (context) => {
      // The pre-labelling names its job, so its row comes after the job's: in the same turn of the event loop.
      await Promise.resolve()
      await noted()
      const open = openItemsOf(workshop.project, id)
      const keeper = new PrelabelKeeper(workshop.project, {
        id, samples: request.samples, keep: request.keep, onStored: ({ trajectory }) => { context.report({ kind: 'trajectory', trajectoryId: trajectory.id }) }
      })
      try {
        const summary = await write(workshop, context, { request, open, keeper })
        return summary === 'stopped' ? summary : { ...summary, prelabel: id }
      } finally {
        const rate = workshop.runner.log.get(jobId).progress?.rate ?? null
        if (rate !== null && Number.isFinite(rate) && rate > 0) changePrelabel(workshop.project, id, { rate })
      }
    }
  })
}

interface Task {
  readonly request: PrelabelRequest
  readonly open: readonly OpenItem[]
  readonly keeper: PrelabelKeeper
}

async function write(workshop: Workshop, context: JobContext, task: Task): Promise<Summary | 'stopped'> {
  const { writer } = task.request
  if (writer.kind === 'checkpoint') return writeWithCheckpoint(workshop, context, task, getCheckpoint(workshop.project, writer.checkpointId))
  const { request, open, keeper } = task
  const student = studentOf(workshop, request.studentId)
  const wishes = open.flatMap(({ itemId }) => Array.from({ length: request.samples }, (_, groupIndex) => ({ itemId, groupIndex })))
  return writeWithEndpoint(workshop, context, {
    ...await workshop.endpoints.open(writer.name), wishes, student, prompt: request.prompt ?? ENDPOINT_PROMPT,
    drawStyle: request.drawStyle ?? mannerOf(workshop, student.id).drawStyle, sampling: endpointSampling(request), minSteps: request.minSteps, take: (path) => { keeper.take(path) }, fail: (itemId) => { keeper.fail(itemId) }
  })
}

async function writeWithCheckpoint(
  workshop: Workshop, context: JobContext, { request, open, keeper }: Task, checkpoint: Checkpoint
): Promise<Summary | 'stopped'> {
  const { project, threads } = workshop
  const { temperature, seed, samples } = request
  const manner = mannerOf(workshop, checkpoint.id)
  const dataset = join(project.folder, 'jobs', context.jobId, 'dataset.jsonl')
  await freezeData(project, dataset, new Map(open.map(({ itemId }) => [itemId, []])), context.stop)
  const tally = new Tally(context, 1)
  const { outcome } = await runEngineJob(workshop, context, {
    kind: 'rollout', projectFolder: project.folder, dataset, checkpoint, prompt: request.prompt ?? manner.prompt, drawStyle: request.drawStyle ?? manner.drawStyle,
    threads, device: await chooseDevice(workshop, request.device), pixels: pixelLimits(checkpoint, 'training'), sampling: defaultSampling(checkpoint, { temperature, seed }), samplesPerItem: samples,
    places: open.map(({ place }) => place)
  }, (path: ScoredPath) => {
    keeper.take(path)
    tally.add(path)
  })
  return outcome.kind === 'stopped' ? 'stopped' : tally.summary()
}

async function nameOfWriter({ project, endpoints }: Workshop, writer: PathWriter): Promise<string> {
  return writer.kind === 'checkpoint' ? getCheckpoint(project, writer.checkpointId).name : teacherName((await endpoints.open(writer.name)).endpoint)
}

async function itemsFor(workshop: Workshop, request: PrelabelRequest): Promise<{ itemIds: ItemId[]; found: number; skipped: number }> {
  const all = await itemsOf(workshop, request)
  const skip = await skippedItems(workshop, request)
  const left = all.filter((id) => !skip.has(id))
  return { itemIds: request.limit === null ? left : left.slice(0, request.limit), found: all.length, skipped: all.length - left.length }
}

async function itemsOf({ project }: Workshop, { source }: PrelabelRequest): Promise<ItemId[]> {
  switch (source.kind) {
    case 'items': return stillThere(project, source.itemIds)
    case 'itemQuery': return firstAcrossTasks(project, source.filter, source.tasks.length > 0 || source.filter.task === null ? source.tasks : [source.filter.task])
    case 'pathQuery': return listItemIdsOf(project, source.filter)
  }
}

/** A selection may be older than the trash. */
function stillThere(project: ProjectReader, itemIds: readonly ItemId[]): ItemId[] {
  const known = new Set(listItemIds(project))
  return [...new Set(itemIds)].filter((id) => known.has(id))
}

async function skippedItems(workshop: Workshop, { skip, writer }: PrelabelRequest): Promise<ReadonlySet<ItemId>> {
  if (skip === 'none') return new Set()
  if (skip === 'withPath') return itemsWithPaths(workshop.project, null)
  return itemsWithPaths(workshop.project, writer.kind === 'checkpoint' ? writer : { teacher: await nameOfWriter(workshop, writer) })
}
