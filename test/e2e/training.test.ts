// The Train page as a person uses it: settings that fit and do not fit, the look before a start, curves and the paths behind
// them, pause, stop, run again, frozen inputs, pipelines planned and forked. On the embedded model and a few generated questions.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { getItem, insertItems, listItemIds } from '#main/store/items.ts'
import { appendMetrics } from '#main/store/metrics.ts'
import { insertRun, listRuns } from '#main/store/runs.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { ItemId, newId, RunId } from '#shared/domain/ids.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ReviewPage } from './pages/reviewPage.ts'
import { TrainPage } from './pages/trainPage.ts'

const [PROMPTS, GROUP] = [2, 2]
let opened: OpenedStudio
let train: TrainPage

beforeAll(async () => {
  opened = await openedStudio()
  const data = new DataPage(opened.page)
  await data.open(opened.url)
  expect(await data.generate({ generator: 'Maze', count: 12, seed: 5 })).toBe('finished')
  expect(await data.generate({ generator: 'Maze', count: 4, seed: 6, split: 'test' })).toBe('finished')
  const { project } = opened.studio.workshop
  const [learned, measured] = (['train', 'test'] as const).map((split) => getItem(project, listItemIds(project, { split })[0] as ItemId)) as [DatasetItem, DatasetItem]
  insertItems(project, [{ ...measured, id: newId(ItemId), question: 'Which letter is in the middle?', images: learned.images }])
  train = new TrainPage(opened.page)
  await train.go('train')
})

afterAll(async () => await opened?.close())

it('marks what was changed from a preset, refuses what does not go together and says what a start would find', async () => {
  await train.openStart('GRPO')
  expect(await train.at('preset-sentence').innerText()).toMatch(/pocket/)
  expect(await train.at('preset-changed').count()).toBe(0)
  await train.setSetting('learningRate', 0.002)
  await train.setSetting('dualClip', 0.5)
  expect(await train.at('preset-changed').getAttribute('data-count')).toBe('2')
  expect(await train.at('setting-learningRate').getAttribute('data-changed')).toBe('true')
  expect(await train.at('setting-conflicts').locator('li').count()).toBe(1)
  expect(await train.at('train-start').isDisabled()).toBe(true)

  await train.at('setting-dualClip').getByTestId('setting-back').click()
  expect(await train.at('setting-conflicts').count()).toBe(0)
  expect(await train.at('preset-changed').getAttribute('data-count')).toBe('1')
  await train.setSetting('steps', 2)
  await train.setSetting('promptsPerStep', PROMPTS)
  await train.setSetting('groupSize', GROUP)
  await train.at('train-check').click()
  await train.at('preflight').waitFor({ timeout: 120_000 })
  const checks = await train.at('preflight-check').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-check')))
  expect(checks).toEqual(['settings', 'questions', 'leakage', 'memory', 'disk', 'dryRun', 'time'])
  expect(await train.page.locator('[data-testid=preflight-check][data-state=error]').count()).toBe(0)
  expect(await complaintsEverywhere(train.page)).toEqual({})
  await train.at('language').dispatchEvent('click')
  expect(await train.at('preflight').innerText()).not.toMatch(/[A-Za-z]{3,}/)
  await train.at('language').dispatchEvent('click')
  await train.at('preflight-leakage').click()
  await train.at('similar-groups-row').waitFor()
  await train.go('train')
  expect(await train.at('run-row').count()).toBe(0)
})

it('pauses, goes on, stops, and leads from a point on a curve to the paths behind it', async () => {
  await train.start('GRPO', { steps: 400, promptsPerStep: PROMPTS, groupSize: GROUP })
  await train.waitForPoints('reward', 1)
  await train.at('run-pause').click()
  await train.reach(['paused'])
  const held = await train.points('reward')
  await train.at('run-resume').click()
  await train.waitForPoints('reward', held + 1)
  await train.at('run-stop').click()
  expect(await train.reach(['stopped', 'finished', 'failed'])).toBe('stopped')
  expect(await train.machinePoints()).toBeGreaterThan(1)

  const chart = train.at('chart-reward').getByRole('slider')
  await chart.focus()
  await chart.press('Home')
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/^step 1: /)
  await chart.press('ArrowRight')
  await chart.press('Enter')
  const review = new ReviewPage(train.page)
  await review.at('page-review').waitFor()
  expect(await review.at('path-run-step').innerText()).toBe('step 2')
  await review.at('path-count').and(train.page.locator(`[data-total="${PROMPTS * GROUP}"]`)).waitFor()

  await train.page.goBack()
  await train.waitForPoints('reward', held + 1)
  const box = await train.at('chart-reward').locator('.u-over').boundingBox()
  await train.page.mouse.click((box?.x ?? 0) + 1, (box?.y ?? 0) + 20)
  await review.at('path-run-step').waitFor()
  expect(await review.at('path-run-step').innerText()).toBe('step 1')
  await train.go('train')
})

it('runs again as a child, whose frozen inputs and checkpoints are there to see', async () => {
  const first = /#\/train\/([^?]+)/.exec(train.page.url())?.[1] ?? ''
  await train.at('run-again').click()
  expect(await train.at('setting-steps').locator('input').inputValue()).toBe('400')
  await train.setSetting('steps', 3)
  await train.confirmStart()
  await train.reach(['queued', 'running', 'finished'])
  expect(await train.end(120_000)).toBe('finished')
  await train.tab('Inputs and checkpoints')
  await train.at('manifest').locator('tr[data-part=dataset]').waitFor()
  expect(await train.at('manifest').locator('tbody tr').count()).toBe(4)
  expect(await train.at('run-checkpoint').count()).toBe(1)
  expect(await train.at('run-parent').innerText()).toBe(first)
  expect(await complaintsEverywhere(train.page)).toEqual({})
})

it('lays runs over each other, smooths them and puts them on a logarithmic scale', async () => {
  await train.tab('Curves')
  await train.waitForPoints('reward', 3)
  const own = await train.at('chart-reward').locator('.legend li').count()
  await train.at('curves-compare').click()
  await train.page.locator('.el-select-dropdown__item:visible', { hasText: 'GRPO' }).first().click()
  await train.page.keyboard.press('Escape')
  await train.page.waitForFunction((count) => document.querySelectorAll('[data-testid=chart-reward] .legend li').length === 2 * count, own)
  await train.at('curves-smoothing').getByRole('slider').press('End')
  const log = train.at('chart-reward').locator('button.log')
  await log.click()
  expect(await log.getAttribute('aria-pressed')).toBe('true')
  expect(await complaintsEverywhere(train.page)).toEqual({})
})

it('tells what the machine does in one line, and the last ten minutes in a panel', async () => {
  expect(await train.at('machine-monitor').innerText()).toMatch(/CPU \d+ %\s+RAM [\d.]+ of \d+ GB/)
  const before = await train.machinePoints()
  await train.page.reload()
  await train.at('machine-monitor').press('Enter')
  const panel = train.at('machine-dialog')
  await panel.locator('dd').getByText(/^\d+ % · /).waitFor()
  expect(await panel.locator('dl').innerText()).toMatch(/Processor\s+\d+ % · .* cores\s+Memory\s+[\d.]+ of \d+ GB\s+Engine\s+not at work\s+Graphics card/)
  const memory = panel.getByTestId('machine-memory').getByRole('slider')
  await memory.press('Home')
  expect(await memory.getAttribute('aria-valuetext')).toMatch(/^second -\d+: machine [\d.]+, engine /)
  expect(await complaintsEverywhere(train.page)).toEqual({})
  await train.page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  expect(await train.machinePoints()).toBe(before)
})

it('stops at once and goes on from the last saved state', async () => {
  await train.at('run-row').last().click()
  await train.reach(['stopped'])
  await train.at('run-resume').click()
  await train.reach(['running'])
  await train.at('run-stop-now').click()
  expect(await train.reach(['stopped'])).toBe('stopped')
})

it('plans a pipeline in cards', async () => {
  await train.at('open-pipeline').click()
  const stages = (): Promise<(string | null)[]> => train.at('pipeline-card').evaluateAll((cards) => cards.map((card) => card.getAttribute('data-stage')))
  await train.at('pipeline-card').first().waitFor()
  expect(await stages()).toEqual(['coldStart', 'reflective', 'grpo'])
  await train.at('pipeline-card').nth(1).getByTestId('pipeline-remove').click()
  await train.choose('pipeline-add', 'Answers only')
  expect(await stages()).toEqual(['coldStart', 'grpo', 'answerSft'])
  await train.at('pipeline-card').nth(2).getByRole('button', { name: 'Move stage 3 forward' }).click()
  expect(await stages()).toEqual(['coldStart', 'answerSft', 'grpo'])
  await train.at('pipeline-card').nth(2).locator('button').first().click()
  await train.setSetting('dualClip', 0.5)
  expect(await train.at('pipeline-start').isDisabled()).toBe(true)
  expect(await complaintsEverywhere(train.page)).toEqual({})
  await train.at('pipeline-dialog').getByRole('button', { name: 'Cancel' }).click()
  await train.at('pipeline-dialog').waitFor({ state: 'hidden' })
})

it('forks a pipeline from a run and shows where it stands', async () => {
  await train.at('run-row').first().click()
  await train.reach(['finished'])
  await train.at('run-fork').click()
  await train.at('pipeline-card').first().waitFor()
  await train.setNumber('pipeline-minutes', 1)
  await train.choose('pipeline-add', 'Answers only')
  await train.at('pipeline-card').first().getByTestId('pipeline-remove').click()
  await train.at('pipeline-start').click()
  expect(await train.jobEnd()).toBe('finished')
  await train.at('run-row').first().and(train.page.locator('[data-stage=answerSft][data-status=finished]')).click()
  const place = train.at('pipeline-place')
  await place.and(train.page.locator('[data-status=finished]')).waitFor()
  expect(await place.count()).toBe(1)
  expect(await place.innerText()).toMatch(/%/)
  expect(opened.faults).toEqual([])
})

it('shows the one step out of twenty thousand that leaps', async () => {
  const { workshop: { project } } = opened.studio
  const [steps, leap] = [20_000, 12_345]
  const run = { ...listRuns(project)[0] as ReturnType<typeof listRuns>[number], id: newId(RunId), jobId: null, status: 'finished' as const, step: steps, totalSteps: steps, createdAt: new Date().toISOString() }
  insertRun(project, run)
  project.transaction(() => {
    for (let step = 1; step <= steps; step++) appendMetrics(project, run.id, { step, seconds: 1, values: { loss: step === leap ? 1 : 0 } })
  })
  await train.page.reload()
  await train.at('run-row').first().click()
  await train.waitForPoints('loss', steps)
  const chart = train.at('chart-loss')
  await chart.locator('canvas').waitFor()
  // The tallest column of coloured pixels: how much of the plot it spans, and where, from left to right.
  const tallest = await chart.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
    const over = canvas.parentElement?.querySelector('.u-over') as HTMLElement
    const ratio = canvas.width / canvas.clientWidth
    const [left, top, width, height] = [over.offsetLeft, over.offsetTop, over.offsetWidth, over.offsetHeight].map((side) => Math.round(side * ratio)) as [number, number, number, number]
    const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(left, top, width, height)
    const isColoured = (x: number, y: number): boolean => {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray((y * width + x) * 4)
      return alpha > 60 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60
    }
    const columns = Array.from({ length: width }, (_, x) => Array.from({ length: height }, (_, y) => y).filter((y) => isColoured(x, y)).length)
    const most = Math.max(...columns)
    return { share: most / height, place: columns.indexOf(most) / width }
  })
  expect(tallest.share).toBeGreaterThan(0.7)
  expect(tallest.place).toBeCloseTo(leap / steps, 1)
})
