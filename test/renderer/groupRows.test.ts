import { expect, test } from 'vitest'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { groupAdvantages } from '#main/objective/advantage.ts'
import { groupOf, sortedBy } from '../../src/renderer/pages/review/groupRows.ts'
import { makeReward } from '../store/fixtures.ts'

function path(groupIndex: number, total: number | null, more: Partial<TrajectorySummary> = {}): TrajectorySummary {
  return {
    id: `path${groupIndex}`, itemId: 'item', parentId: null, originKind: 'model', originName: null, runId: 'run', checkpointId: 'one', groupIndex, runStep: 3, prelabelId: null, task: 'maze', question: '', expected: 'A',
    answer: 'A', finishReason: 'answered', reward: total === null ? null : makeReward({ total }), behaviour: { steps: groupIndex + 1, boxes: 0, lines: 0, responseTokens: 10 },
    verdict: null, judges: 0, confidence: null, outdated: false, markedReflective: null, createdAt: '2026-01-01T00:00:00.000Z', ...more
  }
}

test('a group is what was sampled together, with the advantages training gives it', () => {
  const rewards = [2, 0, null, 1.5, 0]
  const members = rewards.map((total, index) => path(index, total))
  const others = [path(9, 1, { runStep: 4 }), path(8, 1, { originKind: 'human' }), path(7, 1, { checkpointId: 'other' })]
  const rows = groupOf(members[1] as TrajectorySummary, [...members, ...others])
  expect(rows.map(({ path: { id } }) => id)).toEqual(members.map(({ id }) => id))
  const expected = groupAdvantages(rewards)
  rows.forEach(({ advantage }, index) => { expect(advantage).toEqual(rewards[index] === null ? null : expect.closeTo(expected[index] ?? NaN, 10)) })
  expect(groupOf(others[0] as TrajectorySummary, others).map(({ advantage }) => advantage)).toEqual([0])
})

test('rows are ordered by any column, equal ones by their place', () => {
  const rows = groupOf(path(0, 0), [path(2, 0), path(1, 2, { finishReason: 'no_action' }), path(0, 0), path(3, null)])
  const order = (...by: [Parameters<typeof sortedBy>[1], boolean]): (number | null)[] => sortedBy(rows, ...by).map((row) => row.path.groupIndex)
  expect(order('reward', false)).toEqual([1, 0, 2, 3])
  expect(order('advantage', true)).toEqual([3, 2, 0, 1])
  expect(order('ending', false)).toEqual([0, 2, 3, 1])
  expect(order('steps', false)).toEqual([3, 2, 1, 0])
  expect(order('place', false)).toEqual([0, 1, 2, 3])
})
