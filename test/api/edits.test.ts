import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRouter } from '#main/api/router.ts'
import { decodeImage } from '#main/image/codec.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { getTrajectory } from '#main/store/trajectories.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { JobId, newId, type TrajectoryId } from '#shared/domain/ids.ts'
import { testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

let test: TestWorkshop
let detail: TrajectoryDetail
const clientOf = ({ workshop }: TestWorkshop) => createRouterClient(createRouter(workshop))
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  test = await testWorkshop()
  client = clientOf(test)
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'count', count: 2, seed: 3, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  await runGenerating(test.workshop, quiet, { generator: 'maze', count: 1, seed: 3, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  const { rows } = await client.trajectories.list({ filter: { task: 'count' }, page: {} })
  detail = await client.trajectories.get({ id: rows[0]?.id as never })
})
afterEach(() => test.close())

const shifted = (op: DrawOp): DrawOp => op.kind === 'box'
  ? { ...op, box: [op.box[0] + 5, op.box[1] + 5, op.box[2] + 5, op.box[3] + 5] }
  : { ...op, end: [op.end[0] + 5, op.end[1]] }

/** A version that ends after some steps, or goes on to its own end again. */
const send = (parentId: TrajectoryId, keepSteps: number | null) => client.trajectories.saveEdit({ parentId, reviewer: 'ann', steps: [], keepSteps })

function firstOps({ trajectory }: TrajectoryDetail): DrawOp[] {
  const action = trajectory.steps[0]?.action
  return action?.kind === 'draw' ? action.ops : []
}

describe('saveEdit', () => {
  it('stores a new version that names its parent, with pictures drawn anew and a reward of its own', async () => {
    const { trajectory: parent } = detail
    const before = getTrajectory(test.workshop.project, parent.id)
    const edited = await client.trajectories.saveEdit({ parentId: parent.id, reviewer: 'ann', steps: [{ index: 0, ops: firstOps(detail).map(shifted) }] })
    expect(edited.trajectory).toMatchObject({ parentId: parent.id, origin: { kind: 'human', reviewer: 'ann' }, itemId: parent.itemId, answer: parent.answer })
    expect(firstOps(edited)).toEqual(firstOps(detail).map(shifted))
    expect(edited.ancestors).toEqual([parent.id])
    expect(edited.reward).toMatchObject({ correct: 1, format: 1 })
    expect(getTrajectory(test.workshop.project, parent.id)).toEqual(before)
    const [was, is] = [before, edited.trajectory].map(({ steps }) => steps[0]?.observations[0]?.image.blob)
    expect(is).not.toBe(was)
    const picture = await decodeImage(await test.workshop.project.blobs.get(is as never))
    expect([picture.width, picture.height]).toEqual([112, 112])
  })

  it('gives the same picture for the same shapes, so undoing brings the very same blob back', async () => {
    const moved = await client.trajectories.saveEdit({ parentId: detail.trajectory.id, reviewer: 'ann', steps: [{ index: 0, ops: firstOps(detail).map(shifted) }] })
    const undone = await client.trajectories.saveEdit({ parentId: moved.trajectory.id, reviewer: 'ann', steps: [{ index: 0, ops: firstOps(detail) }] })
    expect(undone.trajectory.steps).toEqual(detail.trajectory.steps)
    expect(undone.ancestors).toEqual([detail.trajectory.id, moved.trajectory.id])
    expect((await client.trajectories.list({ filter: { itemId: detail.item.id }, page: {} })).rows.map(({ id }) => id)).toEqual([undone.trajectory.id])
  })

  it('scores a changed answer', async () => {
    const wrong = await client.trajectories.saveEdit({ parentId: detail.trajectory.id, reviewer: 'ann', steps: [], answer: '99' })
    expect(wrong.reward?.correct).toBe(0)
  })

  it('ends a path after an accepted step, neither right nor wrong, and brings the rest back as it was', async () => {
    const { id, steps, answer } = detail.trajectory
    const cut = await send(id, 1)
    expect(cut).toMatchObject({ reward: null, ancestors: [id], trajectory: { parentId: id, answer: null, finishReason: 'cut', finishStep: 0 } })
    expect(cut.trajectory.steps).toEqual(steps.slice(0, 1))
    const rows = async (filter: { correct?: boolean }) => (await client.trajectories.list({ filter: { itemId: detail.item.id, ...filter }, page: {} })).rows
    expect(await rows({})).toMatchObject([{ id: cut.trajectory.id, finishReason: 'cut', reward: null }])
    expect([...await rows({ correct: true }), ...await rows({ correct: false })]).toEqual([])
    const edited = await client.trajectories.saveEdit({ parentId: cut.trajectory.id, reviewer: 'ann', steps: [{ index: 0, thought: 'Here.' }] })
    expect(edited).toMatchObject({ reward: null, trajectory: { finishReason: 'cut' } })
    const whole = await send(edited.trajectory.id, null)
    expect(whole).toMatchObject({ reward: { correct: 1 }, trajectory: { answer, finishReason: 'answered', finishStep: steps.length - 1 } })
    expect(whole.trajectory.steps).toEqual([edited.trajectory.steps[0], ...steps.slice(1)])
    await expect(send(id, steps.length)).rejects.toMatchObject({ data: { code: 'bad_input' } })
    await expect(send(id, 40)).rejects.toMatchObject({ data: { code: 'bad_input' } })
  })

  it('brings back what a second cut took, from the first', async () => {
    const [item] = (await client.items.list({ filter: { task: 'maze' }, page: {} })).rows
    const [path] = (await client.trajectories.list({ filter: { itemId: item?.id as never }, page: {} })).rows
    const { trajectory } = await client.trajectories.get({ id: path?.id as never })
    const first = await send(trajectory.id, 2)
    const second = await send(first.trajectory.id, 1)
    const back = await send(second.trajectory.id, 2)
    expect(back.trajectory.steps).toEqual(trajectory.steps.slice(0, 2))
    expect(back.trajectory.finishReason).toBe('cut')
    expect((await send(back.trajectory.id, null)).trajectory.steps).toEqual(trajectory.steps)
  })

  it('refuses an unknown parent or step with a typed error', async () => {
    await expect(client.trajectories.saveEdit({ parentId: 'nowhere' as never, reviewer: 'ann', steps: [] })).rejects.toMatchObject({ code: 'SIGHTLINE', data: { code: 'not_found' } })
    await expect(client.trajectories.saveEdit({ parentId: detail.trajectory.id, reviewer: 'ann', steps: [{ index: 40 }] })).rejects.toMatchObject({ data: { code: 'bad_input' } })
  })
})

describe('review', () => {
  it('appends, and the newest counts', async () => {
    const { id } = detail.trajectory
    await client.trajectories.review({ trajectoryId: id, reviewer: 'ann', verdict: 'accept', reflective: null })
    await client.trajectories.review({ trajectoryId: id, reviewer: 'ann', verdict: 'reject', reflective: true, comment: 'no' })
    const { reviews } = await client.trajectories.get({ id })
    expect(reviews.map(({ verdict }) => verdict)).toEqual(['accept', 'reject'])
    expect((await client.trajectories.list({ filter: { verdict: 'reject' }, page: {} })).rows).toMatchObject([{ id, markedReflective: true }])
  })
})
