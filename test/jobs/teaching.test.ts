import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TeachRequest } from '#shared/contract/endpoints.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { startTeaching } from '#main/jobs/teaching.ts'
import { getItem, listItemIds } from '#main/store/items.ts'
import { getJob, jobEventsSince, listJobs } from '#main/store/jobs.ts'
import { listTrajectories } from '#main/store/trajectories.ts'
import { type Asked, fakeServer, type FakeServer, said } from '../endpoint/fakeServer.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from './workshop.ts'

const KEY = 'sk-very-secret'
let test: TestWorkshop
let server: FakeServer

beforeEach(async () => {
  test = await testWorkshop()
  const { project } = test.workshop
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'maze', seed: 1, count: 6, split: 'train', teacherPaths: false, reflectiveShare: 0 })
  await cp(join(test.workshop.resources, 'pocket', 'preprocessor_config.json'), join(project.folder, 'models/none/preprocessor_config.json'))
  checkpointNamed(test.workshop, 'student')
  server = await fakeServer(play)
  await test.workshop.endpoints.add(server.endpoint({ parallelism: 2, price: { prompt: 1, completion: 2 } }), KEY)
})
afterEach(async () => {
  await server.close()
  await test.close()
})

/** Items by how the teacher deals with them, in their order in the project. */
const MANNERS = ['good', 'wrong', 'hasty', 'good', 'mute', 'refused'] as const

function play({ body }: Asked) {
  const { project } = test.workshop
  const items = listItemIds(project).map((id) => getItem(project, id))
  const words = JSON.stringify(body?.messages[0])
  const number = items.findIndex(({ question, images: [image] }) => words.includes(JSON.stringify(question).slice(1, -1)) && words.includes(pictureOf(image?.blob)))
  const [item, manner] = [items[number], MANNERS[number]]
  const turn = body?.messages.filter(({ role }) => role === 'assistant').length ?? 0
  if (manner === 'refused') return { status: 400, body: { error: { message: 'I do not like this picture' } } }
  if (manner === 'mute') return said('<think> I do not know. </think>')
  if (turn < 2 && manner !== 'hasty') {
    const line = `[{"index": ${turn + 1}, "start_point_2d": [${14 + 28 * turn}, 14], "end_point_2d": [${42 + 28 * turn}, 14], "label": "${turn + 1}"}]`
    return said(`<think> go </think> Action: Path Tracer\n\`\`\`json\n${line}\n\`\`\``)
  }
  return said(`<think> seen </think> Action: Answer\n<answer> ${manner === 'wrong' ? 'nowhere' : item?.answer} </answer>`)
}

/** The stored picture as the server is shown it (pocket pictures have their model size already). */
function pictureOf(blob: string | undefined): string {
  return blob === undefined ? '?' : readFileSync(test.workshop.project.blobs.path(blob as never)).toString('base64')
}

async function teach(change: Partial<TeachRequest> = {}) {
  const { project, runner } = test.workshop
  const { jobId } = await startTeaching(test.workshop, TeachRequest.parse({ endpoint: 'fake', prompt: 'pocket', drawStyle: 'pocket', ...change }))
  await runner.idle()
  const events = jobEventsSince(project, jobId, -1, 500).map(({ body }) => body)
  return { job: getJob(project, jobId), last: events.at(-1), log: events.flatMap((body) => (body.kind === 'log' ? [body.text.replace(/ +/g, ' ')] : [])) }
}

it('keeps every path, tells why some teach nothing, and the cold start takes the others', async () => {
  const { project } = test.workshop
  const { last, log } = await teach()
  expect(last).toMatchObject({ kind: 'finished', summary: { paths: 5, kept: 2, noAnswer: 1, wrong: 1, short: 1, failed: 1, promptTokens: 1100, completionTokens: 110 } })
  expect(log).toEqual(expect.arrayContaining(['worth learning from 2', 'dropped: fewer than 3 steps 1', 'no usable reply 1', expect.stringMatching(/12 requests.*cost 0\.0013/)]))
  const paths = listTrajectories(project, { origin: 'teacher' }).rows
  expect(paths).toHaveLength(5)
  expect(paths.every(({ originName, reward }) => originName === 'fake/seer' && reward !== null)).toBe(true)
  const taught = (config: object): number => selectForStage(project, StageConfig.parse({ stage: 'coldStart', config }), []).size
  expect([taught({}), taught({ minTeacherSteps: 1 })]).toEqual([2, 3])
})

it('goes on with the items that have no path yet', async () => {
  await teach({ limit: 2 })
  const before = server.asked.length
  const { last, log } = await teach({ limit: 4 })
  expect(log[0]).toBe('2 items have a path of this teacher already')
  expect(last).toMatchObject({ summary: { paths: 2, kept: 1, short: 1 } })
  expect(server.asked.length - before).toBe(4)
})

it('writes the key into nothing of the project', async () => {
  await teach()
  const { project } = test.workshop
  for (const file of ['project.sqlite', 'project.sqlite-wal']) expect(readFileSync(join(project.folder, file)).includes(KEY), file).toBe(false)
  expect(server.asked.every(({ authorization }) => authorization === `Bearer ${KEY}`)).toBe(true)
})

it('stops when asked, keeping what is done', async () => {
  const { project, runner } = test.workshop
  await server.close()
  const hanging = await fakeServer(() => {
    for (const job of listJobs(project, { limit: 1 })) runner.cancel(job.id)
    return null
  })
  await test.workshop.endpoints.add(hanging.endpoint(), KEY)
  const { jobId } = await startTeaching(test.workshop, TeachRequest.parse({ endpoint: 'fake' }))
  await runner.idle()
  await hanging.close()
  expect(getJob(project, jobId)?.status).toBe('stopped')
})

it('ends at a failure that every item would meet', async () => {
  await server.close()
  const { job } = await teach()
  expect(job).toMatchObject({ status: 'failed', error: { code: 'unreachable', message: expect.stringContaining('"fake"') as string } })
})

it('says what is missing before it starts', async () => {
  await expect(teach({ endpoint: 'none' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(teach({ tasks: ['nothing'] })).rejects.toMatchObject({ code: 'bad_input' })
})
