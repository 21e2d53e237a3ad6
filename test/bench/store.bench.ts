// Lists and next-item times in a large project: node test/bench/store.bench.ts [items] [paths of 4 steps each]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BlobId, ItemId, newId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import type { DatasetItem, Split } from '#shared/domain/datasetItem.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import type { ItemFilter } from '#shared/contract/items.ts'
import { getItem, insertItems, listItems } from '#main/store/items.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'
import { addReview } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { getTrajectory, insertTrajectory, listTrajectories, type TrajectoryQuery } from '#main/store/trajectories.ts'

const [itemCount = 100_000, pathCount = 250_000] = process.argv.slice(2).map(Number)
const TASKS = ['maze', 'relation', 'count', 'vqa', 'route']
const SPLITS: Split[] = ['train', 'validation', 'test']
const AT = new Date(0).toISOString()
const random = Random.seeded(1, 'store bench')

function picture(n: number): ImageRef {
  return { blob: BlobId.parse(n.toString(16).padStart(64, '0')), width: 112, height: 112, mime: 'image/png', origin: { kind: 'drawn' } }
}

function fillItems(project: ProjectWriter): ItemId[] {
  const ids: ItemId[] = []
  for (let from = 0; from < itemCount; from += 1000) {
    const items = Array.from({ length: Math.min(1000, itemCount - from) }, (_, i): DatasetItem => ({
      id: newId(ItemId), task: random.pick(TASKS), split: random.pick(SPLITS), dataType: 'image', questionType: 'numerical', options: null, answer: '3',
      question: `Question ${from + i}: how many ${random.pick(['cups', 'chairs', 'lamps'])} stand left of the door?`, images: [picture(from + i)],
      truth: [{ kind: 'box', imageIndex: 1, box: [1, 2, 3, 4], label: 'cup', space: 'source' }], tags: [],
      origin: { kind: 'import', file: 'bench.jsonl', line: from + i + 1 }, createdAt: AT
    }))
    insertItems(project, items)
    ids.push(...items.map(({ id }) => id))
  }
  return ids
}

const step: Step = {
  text: '<think> Look at the cups. </think> Action: Object Mapper', thought: 'Look at the cups.', mistake: false, problems: [], tokens: null,
  action: { kind: 'draw', tool: 'Object Mapper', ops: [{ kind: 'box', imageIndex: 1, box: [1, 2, 3, 4], label: 'cup', space: 'model' }] }, observations: []
}

function fillPaths(project: ProjectWriter, items: readonly ItemId[]): TrajectoryId[] {
  const ids: TrajectoryId[] = []
  for (let from = 0; from < pathCount; from += 1000) {
    project.transaction(() => {
      for (let i = from; i < Math.min(from + 1000, pathCount); i++) {
        const id = newId(TrajectoryId)
        insertTrajectory(project, {
          id, itemId: random.pick(items), parentId: null, origin: random.chance(0.2) ? { kind: 'teacher', teacher: 'scripted', seed: i } : { kind: 'human', reviewer: 'ann' },
          prompt: 'pocket', drawStyle: 'pocket', modelSizes: [{ width: 112, height: 112 }], steps: [step, step, step, step], answer: '3',
          finishReason: 'answered', finishStep: 3, createdAt: AT
        })
        const correct = random.integer(0, 1)
        setReward(project, id, { total: correct, correct, format: 1, reflective: random.chance(0.1), referenceReflective: false, extractedAnswer: '3', explanation: '' })
        if (random.chance(0.01)) addReview(project, { id: newId(ReviewId), trajectoryId: id, reviewer: 'ann', verdict: 'accept', reflective: null, comment: '', createdAt: AT })
        ids.push(id)
      }
    })
  }
  return ids
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

const folder = mkdtempSync(path.join(tmpdir(), 'sightline-bench-'))
const project = createProject(path.join(folder, 'project'), 'bench')
try {
  const from = performance.now()
  const items = fillItems(project)
  const between = performance.now()
  const paths = fillPaths(project, items)
  console.log(`${itemCount} items in ${((between - from) / 1000).toFixed(1)} s, ${pathCount} paths in ${((performance.now() - between) / 1000).toFixed(1)} s`)
  const itemFilters: Partial<ItemFilter>[] = [{}, { task: 'maze' }, { task: 'maze', split: 'test' }, { split: 'test' }, { text: 'lamps' }, { text: '99999' }, { task: 'route', text: 'zzz' }]
  for (const filter of itemFilters) measure(`items ${JSON.stringify(filter)}`, () => listItems(project, filter))
  const middle = listItems(project, {}, { limit: 1, cursor: String(Math.floor(itemCount / 2)) }).next
  measure('items, a page in the middle', () => listItems(project, {}, { cursor: middle }))
  const pathFilters: TrajectoryQuery[] = [
    {}, { task: 'maze' }, { origin: 'teacher' }, { correct: true }, { reflective: true }, { verdict: 'accept' }, { verdict: 'reject' }, { verdict: 'none' },
    { task: 'maze', correct: false, reflective: true, verdict: 'accept' }, { itemId: items[5] ?? null }, { text: '9999:' }, { text: 'lamps', reflective: true }
  ]
  for (const filter of pathFilters) measure(`paths ${JSON.stringify(filter)}`, () => listTrajectories(project, { newestOnly: true, ...filter }))
  measure('next item', () => getItem(project, random.pick(items)))
  measure('next path', () => getTrajectory(project, random.pick(paths)))
  measure('an edit: one durable review', () => addReview(project, {
    id: newId(ReviewId), trajectoryId: random.pick(paths), reviewer: 'ann', verdict: 'reject', reflective: null, comment: '', createdAt: AT
  }))
} finally {
  project.close()
  rmSync(folder, { recursive: true, force: true })
}
