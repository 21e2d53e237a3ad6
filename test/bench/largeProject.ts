// A large project made at random: questions of five tasks, paths of four turns each from teachers, models and people, some judged.
import type { DatasetItem, Split } from '#shared/domain/datasetItem.ts'
import { ItemId, newId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Random } from '#shared/domain/random.ts'
import type { Observation, Step, TrajectoryOrigin } from '#shared/domain/trajectory.ts'
import { insertItems } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { addReview } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'

const TASKS = ['maze', 'order', 'count', 'vqa', 'route']
const SPLITS: Split[] = ['train', 'validation', 'test']
const AT_ONCE = 1000

export const AT = new Date(0).toISOString()

/** Questions, each about `picture` of its place. */
export function fillItems(project: ProjectWriter, { count, picture }: { count: number; picture: (place: number) => ImageRef }, random: Random): ItemId[] {
  const ids: ItemId[] = []
  for (let from = 0; from < count; from += AT_ONCE) {
    const items = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i): DatasetItem => ({
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

export interface PathFilling {
  count: number
  /** Model pixels of each picture. */
  size: { width: number; height: number }
  /** What came of the first turn; left out: no picture was drawn. */
  drawn?: Observation
}

/** Paths of the questions in their order, round and round. One in a hundred is judged, by either of two people. */
export function fillPaths(project: ProjectWriter, items: readonly ItemId[], { count, size, drawn }: PathFilling, random: Random): TrajectoryId[] {
  const ids: TrajectoryId[] = []
  for (let from = 0; from < count; from += AT_ONCE) {
    project.transaction(() => {
      for (let i = from; i < Math.min(from + AT_ONCE, count); i++) {
        const id = newId(TrajectoryId)
        const [first, ...rest] = Array.from({ length: 4 }, () => makeStep(random)) as [Step, Step, Step, Step]
        insertTrajectory(project, {
          id, itemId: items[i % items.length] ?? random.pick(items), parentId: null, origin: makeOrigin(i, random), prompt: 'pocket', drawStyle: 'pocket', modelSizes: [size],
          steps: [{ ...first, observations: drawn === undefined ? [] : [drawn] }, ...rest], answer: '3', finishReason: random.chance(0.05) ? 'too_many_turns' : 'answered', finishStep: 3, createdAt: AT
        })
        const correct = random.integer(0, 1)
        setReward(project, id, { total: correct, correct, format: random.chance(0.05) ? 0 : 1, reflective: random.chance(0.1), referenceReflective: false, extractedAnswer: '3', explanation: '' })
        for (const reviewer of ['ann', 'bob']) if (random.chance(0.02)) judge(project, id, reviewer, random)
        ids.push(id)
      }
    })
  }
  return ids
}

function judge(project: ProjectWriter, trajectoryId: TrajectoryId, reviewer: string, random: Random): void {
  addReview(project, { id: newId(ReviewId), trajectoryId, reviewer, verdict: random.pick(['accept', 'reject']), reflective: null, comment: random.chance(0.2) ? 'hm' : '', createdAt: AT })
}

/** One turn in three was sampled here, more or less surely; one in fifty could not be used, one in a hundred draws the box elsewhere. */
function makeStep(random: Random): Step {
  const logProb = -4 * random.uniform() ** 3
  const moved = random.chance(0.01) ? 50 : 1
  return {
    text: '<think> Look at the cups. </think> Action: Object Mapper', thought: 'Look at the cups.', mistake: false, observations: [],
    action: { kind: 'draw', tool: 'Object Mapper', ops: [{ kind: 'box', imageIndex: 1, box: [moved, 2, 90, 90], label: 'cup', space: 'model' }] },
    problems: random.chance(0.02) ? [{ kind: 'no_action', detail: '' }] : [],
    tokens: random.chance(0.33) ? { promptIds: [1], responseIds: [1, 2], logProbs: [logProb, logProb], entropies: [0, 0] } : null
  }
}

function makeOrigin(seed: number, random: Random): TrajectoryOrigin {
  if (random.chance(0.2)) return { kind: 'teacher', teacher: 'scripted', seed }
  if (random.chance(0.4)) return { kind: 'human', reviewer: 'ann' }
  const sampling = { temperature: 1, topP: 1, topK: 0, seed, maxTurnTokens: 99, maxTotalTokens: 999, maxTurns: 10, maxImages: 42, repeatTolerance: null }
  return { kind: 'model', checkpointId: null, runId: null, groupIndex: 0, runStep: null, sampling }
}
