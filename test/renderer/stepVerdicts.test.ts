import { expect, it } from 'vitest'
import type { Step } from '#shared/domain/trajectory.ts'
import { EditHistory } from '#shared/domain/editHistory.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import type { Saving } from '../../src/renderer/canvas/document/editSaver.ts'
import { EditedPath } from '../../src/renderer/canvas/document/editedPath.ts'
import { NO_STATEMENT, statementRecord, stepsWith } from '../../src/renderer/canvas/document/pathDocument.ts'

const step: Step = { text: '', thought: 'look', action: { kind: 'none' }, observations: [], problems: [], mistake: false, tokens: null }
const trajectory = { id: TrajectoryId.parse('v0'), steps: [step, step, step], answer: null, finishReason: 'no_action' as const, modelSizes: [{ width: 9, height: 9 }] }
const rejected = { verdict: 'reject', comment: 'wrong way' } as const

function opened(statement = NO_STATEMENT): { path: EditedPath; sent: Saving[]; words: () => [number, string][] } {
  const sent: Saving[] = []
  const path = new EditedPath({ trajectory, statement, history: null }, {
    save: (saving) => Promise.resolve(TrajectoryId.parse(`v${sent.push(saving)}`)), onSaveState: () => {}, onChange: () => {}
  })
  return { path, sent, words: () => statementRecord(path.document).steps.map((word) => [word.step, word.verdict]) }
}

it('a word on a step replaces the one before, is stored with the statement and undone like any edit', async () => {
  const { path, sent, words } = opened()
  path.judgeStep(1, 'accept')
  path.say({ steps: stepsWith(statementRecord(path.document).steps, 1, { verdict: 'accept', comment: 'wrong way' }) })
  path.judgeStep(1, 'reject')
  path.judgeStep(0, 'reject')
  path.judgeStep(0, 'reject')
  expect(words()).toEqual([[1, 'reject']])
  path.undo()
  expect(words()).toEqual([[1, 'reject'], [0, 'reject']])
  path.redo()
  await path.whenSaved()
  expect(sent.map(({ change }) => change)).toEqual(sent.map(() => null))
  expect(sent.at(-1)?.statement?.steps).toEqual([{ step: 1, ...rejected }])
})

it('an edit takes back the words on the steps it changes alone, a cut those on the steps it removes', () => {
  const { path, words } = opened({ ...NO_STATEMENT, verdict: 'accept', steps: [0, 1, 2].map((at) => ({ step: at, ...rejected })) })
  path.setThought(1, 'look again')
  expect([words().map(([at]) => at), statementRecord(path.document).verdict]).toEqual([[0, 2], null])
  path.cutAfter(0)
  expect(words().map(([at]) => at)).toEqual([0])
  path.undo()
  path.undo()
  expect(words().map(([at]) => at)).toEqual([0, 1, 2])
})

it('histories of before know no words on steps', () => {
  const before = { type: 'statement', id: 'statement', verdict: null, reflective: null, comment: '', marks: [] }
  const history = EditHistory.parse({ shapes: [], done: [{ added: [], removed: [], updated: [[before, { ...before, verdict: 'accept' }]] }], undone: [] })
  expect(history.done[0]?.updated[0]?.[1]).toMatchObject({ verdict: 'accept', steps: [] })
})
