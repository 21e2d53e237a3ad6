// The device that models run on, as a person sees and sets it: what the check found, the choice of one job, a run whose device is not there.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunId } from '#shared/domain/ids.ts'
import { webGpuVerdict } from '#main/jobs/deviceProbe.ts'
import { startTraining } from '#main/jobs/training.ts'
import { getRun, listRuns } from '#main/store/runs.ts'
import { FAST_ADAPTER, probeSaying } from '../jobs/probe.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'
import { ModelsPage } from './pages/modelsPage.ts'
import { TrainPage } from './pages/trainPage.ts'

let opened: OpenedStudio
let models: ModelsPage
let train: TrainPage

beforeAll(async () => {
  // No driver is found there: an engine that is sent to the graphics device meets none.
  process.env['VK_DRIVER_FILES'] = '/nowhere/driver.json'
  opened = await openedStudio()
  models = new ModelsPage(opened.page)
  train = new TrainPage(opened.page)
  const data = new DataPage(opened.page)
  await data.open(opened.url)
  expect(await data.generate({ generator: 'Maze', count: 2, seed: 5 })).toBe('finished')
})

afterAll(async () => await opened?.close())

it('says what the check found, and runs work where the user wants it', async () => {
  await models.go('models')
  expect(await models.at('device-verdict').innerText()).toBe('The graphics adapter was not checked yet.')
  await models.at('device-now').getByText('Models run on: CPU').waitFor()
  await webGpuVerdict({ folder: opened.endpointFolder, spawn: () => probeSaying(FAST_ADAPTER) })
  await models.page.reload()
  await models.at('device-now').getByText('Models run on: Graphics card (WebGPU)').waitFor()
  const panel = await models.at('device-panel').innerText()
  for (const words of ['Right, and faster than the CPU.', '900 GF/s, 90 GF/s on the CPU', 'Fused attention', 'not checked']) expect(panel).toContain(words)
  expect(await complaintsEverywhere(models.page)).toEqual({})
  await models.at('device-wish').getByText('CPU', { exact: true }).click()
  await models.at('device-now').getByText('Models run on: CPU').waitFor()
  await models.at('device-wish').getByText('Graphics card (WebGPU)', { exact: true }).click()
  await models.at('device-now').getByText('Models run on: Graphics card (WebGPU)').waitFor()
})

it('asks for the device of a pre-labelling too', async () => {
  await models.go('data')
  await models.at('open-prelabel').click()
  await models.at('prelabel-dialog').getByTestId('device-field').getByText('As set (Graphics card (WebGPU))').waitFor()
  await models.choose('prelabel-skip', 'all, whatever they have')
  await models.choose('device-field', 'CPU')
  await models.at('prelabel-start').click()
  expect(await models.jobEnd()).toBe('finished')
})

it('starts no run on a device that is not there, and the same one on the CPU', async () => {
  await train.go('train')
  await train.openStart('Cold start')
  await train.at('device-field').getByText('As set (Graphics card (WebGPU))').waitFor()
  await train.at('train-check').click()
  const refused = train.page.locator('[data-testid=preflight-check][data-check=dryRun][data-state=error]')
  await refused.waitFor({ timeout: 120_000 })
  expect(await refused.innerText()).toMatch(/no graphics adapter was found/)
  expect(await train.page.locator('[data-testid=preflight-check][data-check=card]').innerText()).toMatch(/^Graphics card\s+needs .* on the card/)
  expect(await train.at('train-start').isDisabled()).toBe(true)
  await train.choose('device-field', 'CPU')
  expect(await complaintsEverywhere(train.page)).toEqual({})
  await train.confirmStart()
  expect(await train.end(120_000)).toBe('finished')
  await train.tab('Inputs and checkpoints')
  expect(await train.at('ran-on').innerText()).toBe('CPU')
})

it('offers the CPU to a run whose device failed, which goes on there', async () => {
  const { workshop } = opened.studio
  const [first] = listRuns(workshop.project)
  const { settings, preset, startCheckpointId, tasks, prompt, drawStyle, seed } = getRun(workshop.project, first?.id ?? RunId.parse('none'))
  startTraining(workshop, { settings, preset, startCheckpointId, tasks, prompt, drawStyle, seed, parentId: null, device: 'webgpu' })
  await train.at('run-row').nth(1).waitFor()
  await train.at('run-row').first().click()
  expect(await train.reach(['failed'])).toBe('failed')
  expect(await train.at('run-detail').innerText()).toMatch(/no graphics adapter was found.*on the CPU/su)
  expect(await complaintsEverywhere(train.page)).toEqual({})
  await train.at('run-resume-cpu').click()
  // Not the failure of before.
  await train.reach(['queued', 'running', 'finished'])
  expect(await train.end(120_000)).toBe('finished')
  await train.tab('Inputs and checkpoints')
  expect(await train.at('ran-on').innerText()).toBe('CPU')
  expect(opened.faults).toEqual([])
})
