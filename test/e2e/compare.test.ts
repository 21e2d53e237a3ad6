// Two checkpoints on the same items, with a real mouse and real keys: what flipped, with its chance; any pair step by step; a comparison
// whose evaluations are there is shown at once, one whose are missing is run.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGenerating } from '#main/jobs/generating.ts'
import { insertCheckpoint, listCheckpoints } from '#main/store/checkpoints.ts'
import { insertEvaluation, listEvaluations } from '#main/store/evaluations.ts'
import { setReward } from '#main/store/rewards.ts'
import { getTrajectory, insertTrajectory, listTrajectories } from '#main/store/trajectories.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, EvaluationId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { makeReward } from '../store/fixtures.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { EvaluatePage } from './pages/evaluatePage.ts'

/** Right answers of the two on seven relations and one maze: six flip to wrong, one to right, one stays. */
const FIRST = [1, 1, 1, 1, 1, 1, 0, 1]
const SECOND = [0, 0, 0, 0, 0, 0, 1, 1]
let opened: OpenedStudio
let evaluate: EvaluatePage

beforeAll(async () => {
  opened = await openedStudio()
  const { workshop } = opened.studio
  for (const [generator, count] of [['relation', 7], ['maze', 1]] as const) {
    startGenerating(workshop, { generator, count, seed: 5, split: 'test', teacherPaths: true, reflectiveShare: 0 })
    await workshop.runner.idle()
  }
  const [base] = listCheckpoints(workshop.project)
  if (base === undefined) throw new Error('The project has no base model')
  const twin: Checkpoint = { ...base, id: newId(CheckpointId), name: 'twin', createdAt: new Date().toISOString() }
  insertCheckpoint(workshop.project, twin)
  const written = listTrajectories(workshop.project, { origin: 'teacher' }).rows.toReversed().map(({ id }) => getTrajectory(workshop.project, TrajectoryId.parse(id)))
  evaluated(base, written, FIRST)
  // The second one leaves its first drawing out.
  evaluated(twin, written.map((path) => ({ ...path, steps: path.steps.slice(1), finishStep: path.finishStep - 1 })), SECOND)
  evaluate = new EvaluatePage(opened.page)
  await evaluate.open(opened.url)
  await evaluate.go('evaluate')
}, 240_000)

afterAll(async () => { await opened?.close() })

/** An evaluation as if a checkpoint had written these paths. */
function evaluated(checkpoint: Checkpoint, written: readonly Trajectory[], correct: readonly number[]): void {
  const { project } = opened.studio.workshop
  const sampling = defaultSampling(checkpoint, { temperature: 0, seed: 1 })
  const id = newId(EvaluationId)
  written.forEach((path, index) => {
    const answer = correct[index] === 1 ? path.answer : 'none'
    const own = { ...path, id: newId(TrajectoryId), answer, origin: { kind: 'model' as const, checkpointId: checkpoint.id, runId: null, runStep: null, groupIndex: 0, sampling } }
    insertTrajectory(project, own, { purpose: { evaluationId: id } })
    setReward(project, own.id, makeReward({ correct: correct[index] ?? 0 }))
  })
  const overall = { task: 'overall', items: written.length, accuracy: correct.reduce((sum, value) => sum + value, 0) / correct.length, format: 1, reflectionRate: 0, grounding: null, steps: 3, boxes: 2, lines: 0, responseTokens: 0 }
  insertEvaluation(project, {
    id, checkpointId: checkpoint.id, label: checkpoint.name, split: 'test', prompt: 'pocket', drawStyle: 'pocket', sampling, scores: [{ ...overall, task: 'relation' }], overall, createdAt: new Date().toISOString()
  })
}

const count = async (task: string, outcome: string): Promise<string> => evaluate.page.locator(`[data-testid=outcome-row][data-task=${task}]`).getByTestId(`outcome-${outcome}`).innerText()
const outcomes = async (): Promise<(string | null)[]> => evaluate.page.locator('[data-testid=pairs-row] [data-outcome]').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-outcome')))

it('lists by task what flipped either way, with the chance of that', async () => {
  await evaluate.at('compare-panel').and(evaluate.page.locator('[data-common="8"]')).waitFor()
  expect([await count('all', 'lost'), await count('all', 'won'), await count('all', 'bothRight'), await count('relation', 'lost'), await count('maze', 'bothRight')]).toEqual(['6', '1', '1', '6', '1'])
  const p = evaluate.page.locator('[data-testid=outcome-row][data-task=all]').getByTestId('outcome-p')
  expect(await p.innerText()).toBe('0.125')
  await expect.poll(outcomes, { timeout: 30_000 }).toEqual([...Array.from({ length: 6 }, () => 'lost'), 'won', 'bothRight'])
  await evaluate.at('diff-step').first().waitFor()
  expect(await complaintsEverywhere(evaluate.page)).toEqual({})
})

it('shows the pairs behind a count, sorted, walked by keys, step beside step', async () => {
  await evaluate.page.locator('[data-testid=outcome-row][data-task=relation]').getByTestId('outcome-lost').click()
  await evaluate.at('pairs-count').and(evaluate.page.locator('[data-total="6"]')).waitFor()
  await evaluate.at('pairs-by-question').click()
  await evaluate.at('pairs-by-question').click()
  const questions = await evaluate.page.locator('[data-testid=pairs-row] .question').allInnerTexts()
  expect(questions).toEqual(questions.toSorted().reverse())
  await evaluate.at('diff-step').first().waitFor()
  const first = await evaluate.at('pair-open').first().getAttribute('href')
  await evaluate.at('pairs').focus()
  await evaluate.page.keyboard.press('ArrowDown')
  await expect.poll(() => evaluate.at('pair-open').first().getAttribute('href'), { timeout: 30_000 }).not.toBe(first)
  expect(await evaluate.at('diff-shape').count()).toBeGreaterThan(0)
  expect(await evaluate.at('path-diff').locator('[data-action=changed]').count()).toBeGreaterThan(0)
  await evaluate.at('pair-open').nth(1).click()
  await evaluate.at('page-review').waitFor()
  await evaluate.go('evaluate')
})

it('takes the evaluations there are, and runs those that are missing', async () => {
  const before = listEvaluations(opened.studio.workshop.project).length
  const ask = async (limit: number): Promise<void> => {
    await evaluate.at('open-evaluate').click()
    for (const [field, list, name] of [['checkpoint-select', 'Start from', 'twin'], ['evaluate-against', 'Compare with', 'pocket']] as const) {
      await evaluate.at(field).click()
      await evaluate.page.getByRole('listbox', { name: list }).getByRole('option', { name, exact: true }).click()
    }
    await evaluate.setNumber('evaluate-limit', limit)
  }
  await ask(0)
  expect(await complaintsEverywhere(evaluate.page)).toEqual({})
  await evaluate.at('evaluate-start').click()
  await evaluate.at('evaluate-dialog').waitFor({ state: 'hidden' })
  await evaluate.at('compare-panel').and(evaluate.page.locator('[data-common="8"]')).waitFor()
  expect(listEvaluations(opened.studio.workshop.project)).toHaveLength(before)
  await ask(1)
  await evaluate.at('evaluate-start').click()
  expect(await evaluate.jobEnd()).toBe('finished')
  await evaluate.at('compare-panel').and(evaluate.page.locator('[data-common="2"]')).waitFor()
  // The same weights answer alike.
  expect(await evaluate.page.locator('[data-testid=outcome-row][data-task=all]').getByTestId('outcome-p').innerText()).toBe('1.000')
  expect(listEvaluations(opened.studio.workshop.project)).toHaveLength(before + 2)
  expect(opened.faults).toEqual([])
})
