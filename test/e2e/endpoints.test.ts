// Endpoints as a person keeps them: added with a key that is never shown again, tested, asked to teach, removed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fakeServer, type FakeServer, said } from '../endpoint/fakeServer.ts'
import { complaintsEverywhere } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { DataPage } from './pages/dataPage.ts'

const KEY = 'sk-never-shown'
let opened: OpenedStudio
let server: FakeServer
let data: DataPage

beforeAll(async () => {
  // Gives up on the first question, answers the others at once: too few turns to learn from.
  server = await fakeServer(({ path, body }, count) => {
    if (path.endsWith('/models')) return { body: { object: 'list', data: [{ id: 'seer' }, { id: 'other' }] } }
    return body === null || count % 3 === 0 ? said('<think> I cannot tell. </think>') : said('<think> seen </think> Action: Answer\n<answer> A </answer>')
  })
  opened = await openedStudio()
  data = new DataPage(opened.page)
  await data.open(opened.url)
  expect(await data.generate({ generator: 'Maze', count: 6, seed: 5 })).toBe('finished')
})

afterAll(async () => {
  await opened?.close()
  await server?.close()
})

async function fillIn(fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await data.at(`endpoint-${name}`).fill(value)
}

it('adds an endpoint whose key is never shown again, and tests it', async () => {
  const { baseUrl } = server.endpoint()
  await data.go('models')
  await data.at('endpoint-add').click()
  await fillIn({ name: 'bad name', url: 'ftp://nowhere', model: 'seer' })
  expect(await data.at('endpoint-start').isDisabled()).toBe(true)
  await fillIn({ name: 'school', url: baseUrl, model: 'sear', key: KEY })
  await data.at('endpoint-priced').click()
  await data.setNumber('endpoint-price-prompt', 2)
  await data.setNumber('endpoint-price-completion', 8)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  await data.at('endpoint-start').click()
  await data.at('endpoint-dialog').waitFor({ state: 'hidden' })
  expect(await data.at('endpoint-row').getAttribute('data-name')).toBe('school')
  expect(await data.at('endpoint-row').innerText()).toMatch(/kept/)
  expect(await data.page.content()).not.toContain(KEY)

  await data.at('endpoint-test').click()
  await data.at('endpoint-answer').and(data.page.locator('[data-found=false]')).waitFor()
  expect(await data.at('endpoint-answer').innerText()).toMatch(/seer, other/)
  expect(server.asked.at(-1)?.authorization).toBe(`Bearer ${KEY}`)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  await data.at('endpoint-change').click()
  expect(await data.at('endpoint-key').inputValue()).toBe('')
  await fillIn({ model: 'seer', key: KEY })
  await data.at('endpoint-start').click()
  await data.at('endpoint-dialog').waitFor({ state: 'hidden' })
  await data.at('endpoint-test').click()
  await data.at('endpoint-answer').and(data.page.locator('[data-found=true]')).waitFor()
})

it('lets it write paths and tells what became of them and what they cost', async () => {
  await data.go('data')
  await data.at('open-prelabel').click()
  await data.choose('writer-select', 'school · seer (endpoint)')
  await data.choose('prelabel-skip', 'those without one of this model')
  await data.setNumber('prelabel-limit', 6)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  await data.at('prelabel-start').click()
  await data.at('job-finished').waitFor()
  const count = async (name: string): Promise<number> => Number(await data.page.locator(`[data-testid=tally-row][data-name=${name}]`).getAttribute('data-count'))
  const [kept, noAnswer, wrong, short, failed] = [await count('kept'), await count('noAnswer'), await count('wrong'), await count('short'), await count('failed')]
  expect({ kept, failed }).toEqual({ kept: 0, failed: 0 })
  expect(noAnswer).toBeGreaterThan(0)
  expect(noAnswer + wrong + short).toBe(6)
  expect(await data.at('job-summary').innerText()).toMatch(/cost\s+0\.00/)
  expect(await complaintsEverywhere(data.page)).toEqual({})
  expect(await data.jobEnd()).toBe('finished')
})

it('removes it with its key', async () => {
  await data.go('models')
  expect(readFileSync(join(opened.endpointFolder, 'endpoints.json'), 'utf8')).toContain(KEY)
  await data.at('endpoint-remove').click()
  await data.page.locator('.el-popconfirm__action .el-button--primary').click()
  await data.at('endpoint-row').waitFor({ state: 'detached' })
  expect(readFileSync(join(opened.endpointFolder, 'endpoints.json'), 'utf8')).not.toContain(KEY)
  expect(opened.faults).toEqual([])
})
