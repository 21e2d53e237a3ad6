// Lists and next-item times in a large project: node test/bench/store.bench.ts [items] [paths of 4 steps each]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { BlobId, type ItemId, newId, ReviewId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { ItemFilter } from '#shared/contract/items.ts'
import type { ItemBulkAction } from '#shared/domain/itemBulk.ts'
import { applyBulk, lastBatch as lastItemBatch, previewBulk, undoBatch } from '#main/store/itemBulk.ts'
import { getItem, listItems, listTags } from '#main/store/items.ts'
import { editItem, listChanges } from '#main/store/itemVersions.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'
import { confidenceAt, keepPlace, listQueues, moreRows, openWindow } from '#main/store/queues.ts'
import { applyBulkReview, lastBatch, previewBulkReview, undoBulkReview } from '#main/store/reviewBulk.ts'
import { reviewProgress } from '#main/store/reviewers.ts'
import { addReview } from '#main/store/reviews.ts'
import { deleteForEver } from '#main/store/trash.ts'
import { unusedOf } from '#main/store/unusedBlobs.ts'
import { getTrajectory, listTrajectories, type TrajectoryQuery } from '#main/store/trajectories.ts'
import { AT, fillItems, fillPaths } from './largeProject.ts'

const [itemCount = 100_000, pathCount = 250_000] = process.argv.slice(2).map(Number)
const random = Random.seeded(1, 'store bench')

/** A picture nothing looks at. */
function picture(n: number): ImageRef {
  return { blob: BlobId.parse(n.toString(16).padStart(64, '0')), width: 112, height: 112, mime: 'image/png', origin: { kind: 'drawn' } }
}

/** Median and worst of a few runs, in milliseconds. */
function measure(name: string, work: () => unknown): void {
  const times = Array.from({ length: 7 }, () => {
    const from = performance.now()
    work()
    return performance.now() - from
  }).sort((a, b) => a - b)
  console.log(`${name.padEnd(72)} median ${times[3]?.toFixed(1).padStart(7)} ms   worst ${times[6]?.toFixed(1).padStart(7)} ms`)
}

/** Median of a few runs of work that gives way to others, and the longest it ever held them up: the longest turn of the event loop. */
async function measureTurns(name: string, work: () => Promise<unknown>, runs = 5): Promise<void> {
  const times: number[] = []
  const turns = monitorEventLoopDelay({ resolution: 1 })
  turns.enable()
  for (let i = 0; i < runs; i++) {
    const from = performance.now()
    await work()
    times.push(performance.now() - from)
  }
  turns.disable()
  times.sort((a, b) => a - b)
  console.log(`${name.padEnd(72)} median ${times[Math.floor(runs / 2)]?.toFixed(1).padStart(7)} ms   longest turn ${(turns.max / 1e6).toFixed(1).padStart(5)} ms`)
}

/** Edits, history, bulk actions over all items with their undo, and a half-full trash. */
async function measureItems(project: ProjectWriter, items: readonly ItemId[]): Promise<void> {
  const all = { kind: 'filter' as const, filter: ItemFilter.parse({}) }
  measure('an edit: one durable version of an item', () => {
    const item = getItem(project, random.pick(items))
    return editItem(project, item.id, { answer: String(random.integer(0, 9)) }, { author: 'ann', baseVersion: item.version ?? 1 })
  })
  measure('the history of an item', () => listChanges(project, random.pick(items)))
  const actions: ItemBulkAction[] = [{ kind: 'split', split: 'validation' }, { kind: 'addTag', tag: 'bench' }, { kind: 'task', task: 'all' }]
  for (const action of actions) {
    await measureTurns(`items, ${action.kind} of all, told before`, () => previewBulk(project, all, action))
    await measureTurns(`items, ${action.kind} of all`, () => applyBulk(project, all, action, 'ann'), 1)
    if (action.kind === 'addTag') {
      measure('items {"tag":"bench"}', () => listItems(project, { tag: 'bench' }))
      measure('all tags', () => listTags(project))
    }
    const batch = lastItemBatch(project)
    await measureTurns(`its undo (${batch?.changed ?? 0} items)`, () => undoBatch(project, batch?.id ?? '', 'ann'), 1)
  }
  const half = { kind: 'ids' as const, ids: items.filter((_, i) => i % 2 === 0) }
  await measureTurns('items, half of all to the trash', () => applyBulk(project, half, { kind: 'trash' }, 'ann'), 1)
  for (const filter of [{}, { task: 'maze' }, { text: 'lamps' }, { trashed: true }]) measure(`items with half in the trash ${JSON.stringify(filter)}`, () => listItems(project, filter))
  for (const filter of [{}, { correct: true }, { task: 'maze', verdict: 'none' as const }]) {
    measure(`paths with half in the trash ${JSON.stringify(filter)}`, () => listTrajectories(project, { newestOnly: true, ...filter }))
  }
  await measureTurns('a tenth of the trash deleted for ever', () => deleteForEver(project, { kind: 'ids', ids: half.ids.slice(0, half.ids.length / 10) }), 1)
  measure('which of 500 pictures are used', () => unusedOf(project, Array.from({ length: 500 }, () => picture(random.integer(0, itemCount)).blob)))
}

const folder = mkdtempSync(path.join(tmpdir(), 'sightline-bench-'))
const project = createProject(path.join(folder, 'project'), 'bench')
try {
  const from = performance.now()
  const items = fillItems(project, { count: itemCount, picture }, random)
  const between = performance.now()
  const paths = fillPaths(project, items, { count: pathCount, size: { width: 112, height: 112 } }, random)
  console.log(`${itemCount} items in ${((between - from) / 1000).toFixed(1)} s, ${pathCount} paths in ${((performance.now() - between) / 1000).toFixed(1)} s`)
  const itemFilters: Partial<ItemFilter>[] = [{}, { task: 'maze' }, { task: 'maze', split: 'test' }, { split: 'test' }, { text: 'lamps' }, { text: '99999' }, { task: 'route', text: 'zzz' }]
  for (const filter of itemFilters) measure(`items ${JSON.stringify(filter)}`, () => listItems(project, filter))
  const middle = listItems(project, {}, { limit: 1, cursor: String(Math.floor(itemCount / 2)) }).next
  measure('items, a page in the middle', () => listItems(project, {}, { cursor: middle }))
  const pathFilters: TrajectoryQuery[] = [
    {}, { task: 'maze' }, { origin: 'teacher' }, { correct: true }, { reflective: true }, { verdict: 'accept' }, { verdict: 'reject' }, { verdict: 'none' },
    { task: 'maze', correct: false, reflective: true, verdict: 'accept' }, { itemId: items[5] ?? null }, { text: '9999:' }, { text: 'lamps', reflective: true },
    { wellFormed: false }, { revised: true }, { allWrong: true }, { problems: true }, { confidenceBelow: 0.1 }, { disagree: true }, { commented: true }, { finish: 'too_many_turns' },
    { judges: 'none' }, { judges: 'several' }, { mine: 'open', reviewer: 'ann' }, { mine: 'judged', reviewer: 'ann' }, { judges: 'one', mine: 'open', reviewer: 'ann', wellFormed: false }
  ]
  for (const filter of pathFilters) measure(`paths ${JSON.stringify(filter)}`, () => listTrajectories(project, { newestOnly: true, ...filter }))
  keepPlace(project, 'builtIn:notJudged', 'ann', paths[Math.floor(pathCount / 2)] ?? random.pick(paths))
  measure('a queue opened at its place, half way down', () => openWindow(project, { judges: 'none', newestOnly: true, reviewer: 'ann' }, 'builtIn:notJudged', 100))
  measure('next rows of a queue', () => moreRows(project, { judges: 'none', newestOnly: true, reviewer: 'ann' }, 'older', String(Math.floor(pathCount / 2)), 100))
  measure('the threshold of the least sure tenth', () => confidenceAt(project, 0.1))
  await measureTurns('all queues with their counts', () => listQueues(project, 'ann'))
  await measureTurns('progress and agreement of reviewers', () => reviewProgress(project))
  measure('next item', () => getItem(project, random.pick(items)))
  measure('next path', () => getTrajectory(project, random.pick(paths)))
  measure('an edit: one durable review', () => addReview(project, {
    id: newId(ReviewId), trajectoryId: random.pick(paths), reviewer: 'ann', verdict: 'reject', reflective: null, comment: '', createdAt: AT
  }))
  const everything = { newestOnly: true, reviewer: 'ann' }
  await measureTurns('a bulk verdict on everything, told before', () => previewBulkReview(project, everything, 'accept'), 1)
  await measureTurns('a bulk verdict on everything', () => applyBulkReview(project, everything, 'accept'), 1)
  const batch = lastBatch(project, 'ann')
  await measureTurns(`its undo (${batch?.changed ?? 0} paths)`, () => undoBulkReview(project, batch?.id ?? '', 'ann'), 1)
  await measureItems(project, items)
} finally {
  project.close()
  rmSync(folder, { recursive: true, force: true })
}
