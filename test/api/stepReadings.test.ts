import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerEmbeddedModel } from '#main/api/baseModel.ts'
import { StepReader } from '#main/api/stepReadings.ts'
import { writeAnswerTurn, writeDrawTurn } from '#main/rollout/writeTurn.ts'
import { getTrajectory } from '#main/store/trajectories.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { importReal, writePath } from '../e2e/writtenPaths.ts'
import { testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

const LOOK = writeDrawTurn('Look: 树 “é”.', 'Object Mapper', [{ kind: 'box', imageIndex: 1, box: [1, 2, 30, 40], label: '树', space: 'model' }])
const LOOSE = LOOK.replace('Action: Object Mapper', 'Object Mapper')
const SO = writeAnswerTurn('So.', '4')

let test: TestWorkshop
let reader: StepReader
let item: DatasetItem

beforeAll(async () => {
  test = await testWorkshop()
  const { project, resources } = test.workshop
  await registerEmbeddedModel(project, resources)
  item = (await importReal(project))('image')
  reader = new StepReader(project)
})
afterAll(() => test.close())

it('says what each sampled token wrote, characters of several bytes too', async () => {
  const path = getTrajectory(test.workshop.project, await writePath(test.workshop.project, item, [LOOK, SO], { sampled: true }))
  const read = await reader.read(path)
  expect(read.map(({ tokenTexts }) => tokenTexts?.join(''))).toEqual([`${LOOK}<|im_end|>`, `${SO}<|im_end|>`])
  expect(read.map(({ tokenTexts }) => tokenTexts?.length)).toEqual(path.steps.map(({ tokens }) => tokens?.responseIds.length))
})

it('shows no words for ids that another vocabulary wrote, nor for a teacher\'s turn', async () => {
  const path = getTrajectory(test.workshop.project, await writePath(test.workshop.project, item, [LOOK, SO], { sampled: true }))
  const foreign = { ...path, steps: path.steps.map((step, i) => i > 0 || step.tokens === null ? step : { ...step, tokens: { ...step.tokens, responseIds: step.tokens.responseIds.map((id) => id + 1) } }) }
  expect((await reader.read(foreign)).map(({ tokenTexts }) => tokenTexts === null)).toEqual([true, false])
  const written = getTrajectory(test.workshop.project, await writePath(test.workshop.project, item, [LOOK, SO]))
  expect((await reader.read(written)).map(({ tokenTexts }) => tokenTexts)).toEqual([null, null])
})

it('names the turns that break the form; a cut path owes no answer', async () => {
  const path = getTrajectory(test.workshop.project, await writePath(test.workshop.project, item, [LOOSE, LOOK, SO]))
  const form = async (of: typeof path): Promise<boolean[]> => (await reader.read(of)).map(({ wellFormed }) => wellFormed)
  expect(await form(path)).toEqual([false, true, true])
  expect(await form({ ...path, steps: path.steps.slice(0, 2) })).toEqual([false, false])
  expect(await form({ ...path, steps: path.steps.slice(0, 2), finishReason: 'cut' })).toEqual([false, true])
  expect(await form({ ...path, prompt: 'vanilla' })).toEqual([true, true, true])
})
