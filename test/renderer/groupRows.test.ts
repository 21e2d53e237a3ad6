import { expect, test } from 'vitest'
import type { GroupMember } from '#shared/contract/comparison.ts'
import { sortedBy } from '../../src/renderer/pages/review/groupRows.ts'
import { makeReward } from '../store/fixtures.ts'

function member(groupIndex: number, total: number | null, finishReason = 'answered'): GroupMember {
  return {
    inGroup: true, advantage: total,
    path: {
      id: `path${groupIndex}`, itemId: 'item', parentId: null, originKind: 'model', originName: null, runId: 'run', checkpointId: 'one', groupIndex, runStep: 3, prelabelId: null, task: 'maze', question: '', expected: 'A',
      answer: 'A', finishReason, reward: total === null ? null : makeReward({ total }), behaviour: { steps: groupIndex + 1, boxes: 0, lines: 0, responseTokens: 10 },
      verdict: null, judges: 0, confidence: null, outdated: false, markedReflective: null, createdAt: '2026-01-01T00:00:00.000Z'
    }
  }
}

test('rows are ordered by any column, equal ones by their place', () => {
  const rows = [member(2, 0), member(1, 2, 'no_action'), member(0, 0), member(3, null)]
  const order = (...by: [Parameters<typeof sortedBy>[1], boolean]): (number | null)[] => sortedBy(rows, ...by).map((row) => row.path.groupIndex)
  expect(order('reward', false)).toEqual([1, 0, 2, 3])
  expect(order('advantage', true)).toEqual([3, 2, 0, 1])
  expect(order('ending', false)).toEqual([0, 2, 3, 1])
  expect(order('steps', false)).toEqual([3, 2, 1, 0])
  expect(order('place', false)).toEqual([0, 1, 2, 3])
})
