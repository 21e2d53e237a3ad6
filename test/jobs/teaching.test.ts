import { readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PrelabelRequest } from '#shared/contract/prelabel.ts'
import { ContinueRequest } from '#shared/contract/trajectories.ts'
import { JobId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { startContinuation } from '#main/jobs/rollout.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { startPrelabel } from '#main/jobs/prelabel.ts'
import { getItem, listItemIds } from '#main/store/items.ts'
import { getJob, jobEventsSince, listJobs } from '#main/store/jobs.ts'
import { getTrajectory, listTrajectories } from '#main/store/trajectories.ts'
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

const ALL = { kind: 'itemQuery', filter: { split: 'train' } } as const

function asked(change: object): PrelabelRequest {
  return PrelabelRequest.parse({ writer: { kind: 'endpoint', name: 'fake' }, source: ALL, skip: 'withOwn', prompt: 'pocket', drawStyle: 'pocket', ...change })
}

async function teach(change: object = {}) {
  const { project, runner } = test.workshop
  const { jobId } = await startPrelabel(test.workshop, asked(change))
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
  const { last, job } = await teach({ limit: 2 })
  expect(job?.title).toBe(jobTitle('prelabel', { items: 2, writer: 'fake/seer' }))
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
  const { jobId } = await startPrelabel(test.workshop, asked({}))
  await runner.idle()
  await hanging.close()
  expect(getJob(project, jobId)?.status).toBe('stopped')
})

it('ends at a failure that every item would meet', async () => {
  await server.close()
  const { job } = await teach()
  expect(job).toMatchObject({ status: 'failed', error: { code: 'unreachable', message: expect.stringContaining('"fake"') as string } })
})

it('goes on from a path after some of its turns, shown all that was drawn, beside its parent', async () => {
  const { project, runner } = test.workshop
  await teach({ limit: 1 })
  const [written] = listTrajectories(project, { origin: 'teacher' }).rows
  const parent = getTrajectory(project, TrajectoryId.parse(written?.id))
  const before = server.asked.length
  await startContinuation(test.workshop, ContinueRequest.parse({ id: parent.id, keepSteps: 1, writer: { kind: 'endpoint', name: 'fake' }, samples: 2 }))
  await runner.idle()
  const continued = listTrajectories(project, { continues: parent.id }).rows.map(({ id }) => getTrajectory(project, TrajectoryId.parse(id)))
  expect(continued.map(({ parentId, origin }) => [parentId, origin.kind])).toEqual([[parent.id, 'teacher'], [parent.id, 'teacher']])
  expect(continued.map(({ steps }) => steps[0]?.text)).toEqual([parent.steps[0]?.text, parent.steps[0]?.text])
  expect(listTrajectories(project, { itemId: parent.itemId, newestOnly: true }).total).toBe(3)
  const [first] = server.asked.slice(before)
  expect(first?.body?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'].slice(first?.body?.messages[0]?.role === 'system' ? 0 : 1))
  const drawn = parent.steps[0]?.observations[0]?.image.blob
  expect(JSON.stringify(first?.body?.messages.at(-1))).toContain(pictureOf(drawn))
  expect(new Set(server.asked.slice(before).map(({ body }) => body?.seed)).size).toBe(server.asked.length - before)
})

it('says what is missing before it starts', async () => {
  await expect(teach({ writer: { kind: 'endpoint', name: 'none' } })).rejects.toMatchObject({ code: 'not_found' })
  await expect(teach({ source: { ...ALL, tasks: ['nothing'] } })).rejects.toMatchObject({ code: 'bad_input' })
})
