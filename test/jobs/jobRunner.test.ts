import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JobContext, JobSpec } from '#main/jobs/jobRunner.ts'
import type { Summary } from '#main/jobs/jobLog.ts'
import { getJob, jobEventsSince } from '#main/store/jobs.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import type { JobEvent } from '#shared/domain/job.ts'
import { testWorkshop, type TestWorkshop } from './workshop.ts'

let test: TestWorkshop
beforeEach(async () => { test = await testWorkshop() })
afterEach(() => test.close())

/** A job under the test's control. */
function controlled(lane: JobSpec['lane'] = 'engine') {
  const started = Promise.withResolvers<JobContext>()
  const result = Promise.withResolvers<Summary | 'stopped'>()
  const ends: string[] = []
  const spec: JobSpec = {
    id: newId(JobId), kind: 'train', title: 'a job', lane, runId: null,
    work: (context) => {
      started.resolve(context)
      return result.promise
    },
    onEnd: (status) => ends.push(status)
  }
  return { spec, started: started.promise, result, ends }
}

const stored = (id: JobId) => jobEventsSince(test.workshop.project, id, -1)
const statusOf = (id: JobId) => getJob(test.workshop.project, id)?.status

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const found: JobEvent[] = []
  for await (const event of events) found.push(event)
  return found
}

describe('JobRunner', () => {
  it('runs the jobs of a lane one after the other, lanes beside each other', async () => {
    const { runner } = test.workshop
    const [first, second, data] = [controlled(), controlled(), controlled('data')]
    for (const { spec } of [first, second, data]) runner.submit(spec)
    await Promise.all([first.started, data.started])
    expect(statusOf(second.spec.id)).toBe('queued')
    first.result.resolve({ done: 1 })
    await second.started
    expect(statusOf(first.spec.id)).toBe('finished')
    second.result.resolve({})
    data.result.resolve({})
    await runner.idle()
    expect(stored(first.spec.id).map(({ body }) => body.kind)).toEqual(['finished'])
  })

  it('ends a queued job at once when it is cancelled', async () => {
    const { runner } = test.workshop
    const [first, second] = [controlled(), controlled()]
    runner.submit(first.spec)
    runner.submit(second.spec)
    runner.cancel(second.spec.id)
    expect(statusOf(second.spec.id)).toBe('stopped')
    expect(second.ends).toEqual(['stopped'])
    first.result.resolve({})
    await runner.idle()
    expect(stored(second.spec.id).map(({ body }) => body.kind)).toEqual(['stopped'])
  })

  it('asks first and kills on the second cancel', async () => {
    const { runner } = test.workshop
    const job = controlled()
    runner.submit(job.spec)
    const { stop, kill } = await job.started
    runner.cancel(job.spec.id)
    expect([stop.aborted, kill.aborted, statusOf(job.spec.id)]).toEqual([true, false, 'stopping'])
    runner.cancel(job.spec.id)
    expect(kill.aborted).toBe(true)
    job.result.resolve('stopped')
    await runner.idle()
    expect(statusOf(job.spec.id)).toBe('stopped')
    expect(() => runner.cancel(job.spec.id)).not.toThrow()
  })

  it('stores a failure with what to do, and a defect with its place', async () => {
    const { runner } = test.workshop
    const [expected, defect] = [controlled(), controlled()]
    runner.submit(expected.spec)
    runner.submit(defect.spec)
    expected.result.reject(new SightlineError('disk_full', 'No room', { advice: 'Make some' }))
    await defect.started
    defect.result.reject(new TypeError('undefined is not a function'))
    await runner.idle()
    expect(getJob(test.workshop.project, expected.spec.id)).toMatchObject({ status: 'failed', error: { code: 'disk_full', advice: 'Make some' } })
    expect(getJob(test.workshop.project, defect.spec.id)?.error?.message).toContain('TypeError: undefined is not a function')
  })

  it('refuses an unknown job', () => {
    expect(() => test.workshop.runner.cancel(JobId.parse('nowhere'))).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  it('stops everything when it closes and takes no new work', async () => {
    const { runner } = test.workshop
    const [running, queued] = [controlled(), controlled()]
    runner.submit(running.spec)
    runner.submit(queued.spec)
    const { kill } = await running.started
    kill.addEventListener('abort', () => running.result.resolve('stopped'))
    await runner.close()
    expect([statusOf(running.spec.id), statusOf(queued.spec.id)]).toEqual(['stopped', 'stopped'])
    expect(() => runner.submit(controlled().spec)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('holds back progress that comes too fast but tells the last of it and every other event', async () => {
    const { runner } = test.workshop
    const job = controlled()
    runner.submit(job.spec)
    const { report } = await job.started
    for (let done = 1; done <= 1000; done++) {
      report({ kind: 'progress', progress: { phase: 'work', done, total: 1000, unit: 'items', rate: null, secondsLeft: null } })
      if (done % 100 === 0) report({ kind: 'log', level: 'info', text: `${done}` })
    }
    job.result.resolve({})
    await runner.idle()
    const bodies = stored(job.spec.id).map(({ body }) => body)
    expect(bodies.filter(({ kind }) => kind === 'log')).toHaveLength(10)
    expect(bodies.filter(({ kind }) => kind === 'progress').length).toBeLessThan(30)
    expect(getJob(test.workshop.project, job.spec.id)?.progress?.done).toBe(1000)
  })
})

describe('watch', () => {
  it('gives stored events, then live ones, each once and in order, from any point', async () => {
    const { runner } = test.workshop
    const job = controlled()
    runner.submit(job.spec)
    const { report } = await job.started
    const say = (text: string): void => report({ kind: 'log', level: 'info', text })
    for (let i = 0; i < 1200; i++) say(`${i}`)
    const fromStart = collect(runner.watch(job.spec.id, -1))
    const fromMiddle = collect(runner.watch(job.spec.id, 1100))
    for (let i = 1200; i < 1300; i++) {
      say(`${i}`)
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    job.result.resolve({})
    const events = await fromStart
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 1301 }, (_, seq) => seq))
    expect(events.at(-1)?.body.kind).toBe('finished')
    expect((await fromMiddle).map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, index) => 1101 + index))
    expect(await collect(runner.watch(job.spec.id, 1300))).toEqual([])
  })

  it('ends when its reader goes away', async () => {
    const { runner } = test.workshop
    const job = controlled()
    runner.submit(job.spec)
    await job.started
    const gone = new AbortController()
    const watching = collect(runner.watch(job.spec.id, -1, gone.signal))
    gone.abort()
    expect(await watching).toEqual([])
    job.result.resolve({})
  })

  it("tells every job's changes to whoever watches all", async () => {
    const { runner } = test.workshop
    const all = runner.watchAll()
    const first = all.next()
    const job = controlled()
    runner.submit(job.spec)
    expect((await first).value).toMatchObject({ id: job.spec.id, status: 'queued' })
    expect((await all.next()).value).toMatchObject({ status: 'running' })
    job.result.resolve({})
    expect((await all.next()).value).toMatchObject({ status: 'finished' })
    await all.return(undefined)
  })
})
