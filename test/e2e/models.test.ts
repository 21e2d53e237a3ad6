// Models as a person brings them in: a folder chosen in the dialog, its shapes and what it needs on this machine, a broken one refused.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tinyPolicy, widerPolicy } from '../engine/tinyProject.ts'
import { bfloatFolder } from '../model/bfloatFolder.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { ModelsPage } from './pages/modelsPage.ts'

let opened: OpenedStudio
let models: ModelsPage
let inbox: string

beforeAll(async () => {
  opened = await openedStudio()
  inbox = join(opened.studio.workshop.project.folder, 'inbox')
  await bfloatFolder(await tinyPolicy('qwen2_vl'), join(inbox, 'tiny-vl'))
  models = new ModelsPage(opened.page)
  await models.open(opened.url)
})

afterAll(async () => await opened?.close())

it('imports a folder it found and tells what the model is and needs', async () => {
  await models.go('models')
  expect(await models.openImport()).toBe('inbox/tiny-vl')
  expect(await complaintsEverywhere(opened.page)).toEqual({})
  expect(await models.import('inbox/tiny-vl', 'Tiny VL')).toBe('finished')
  await models.show('Tiny VL')
  const panel = await models.at('model-panel').innerText()
  for (const fact of ['qwen2_vl', '81,024', '2 layers, width 32, 2 heads (1 key-value)', '2 blocks, width 16', 'F16', '560 rows', 'its own, verified']) expect(panel).toContain(fact)
  for (const use of ['rollout', 'lora', 'full'] as const) expect(await models.plan(use)).toMatch(/\d+(\.\d+)? [MG]B.*Yes$/su)
  expect(await complaintsEverywhere(opened.page)).toEqual({})

  // More sequences at once than any machine holds.
  await models.setNumber('load-batch', 4096)
  await models.setNumber('load-tokens', 100_000)
  await models.at('plan-rollout').filter({ hasText: 'No' }).waitFor()
  expect(opened.faults).toEqual([])
})

it('imports a model in 4 bits and tells what rounding lost', async () => {
  await (await widerPolicy()).save(join(inbox, 'wider-vl'))
  await models.openImport()
  await models.choose('import-model-form', 'decoder in 4 bits')
  expect(await complaintsEverywhere(opened.page)).toEqual({})
  await models.at('import-model-path').fill('inbox/wider-vl')
  await models.at('import-model-name').fill('Wider VL')
  await models.at('import-model-start').click()
  await models.at('job-status').and(opened.page.locator('[data-status=finished]')).waitFor()
  const told = await models.at('job-dialog').innerText()
  for (const words of ['layer 1, error of the weights', 'KL divergence', 'matrices in 4 bits']) expect(told).toContain(words)
  await models.at('job-close').click()
  await models.show('Wider VL')
  expect(await models.at('model-panel').innerText()).toContain('INT4')
  expect(await models.plan('device')).toMatch(/A card of \d+ GiB$/u)
})

it('refuses a folder that lacks a shard and says which', async () => {
  await rm(join(inbox, 'tiny-vl', 'model-00002-of-00002.safetensors'))
  await models.openImport()
  await models.at('import-model-path').fill('inbox/tiny-vl')
  await models.at('import-model-start').click()
  await models.at('job-status').and(opened.page.locator('[data-status=failed]')).waitFor()
  expect(await models.at('job-dialog').innerText()).toContain('model-00002-of-00002.safetensors')
  await models.at('job-close').click()
  expect(await models.at('model-row').count()).toBe(3)
})
