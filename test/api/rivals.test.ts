import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRouter } from '#main/api/router.ts'
import { insertItems } from '#main/store/items.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { type ItemId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { makeItem, makeTrajectory } from '../store/fixtures.ts'
import { testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

let test: TestWorkshop
let itemId: ItemId
let mine: Trajectory
let theirs: Trajectory
const clientOf = ({ workshop }: TestWorkshop) => createRouterClient(createRouter(workshop))
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  test = await testWorkshop()
  client = clientOf(test)
  const item = makeItem()
  itemId = item.id
  insertItems(test.workshop.project, [item])
  const base = makeTrajectory(itemId)
  insertTrajectory(test.workshop.project, base)
  const edited = (reviewer: string): Trajectory => {
    const path = makeTrajectory(itemId, { id: newId(TrajectoryId), parentId: base.id, origin: { kind: 'human', reviewer } })
    insertTrajectory(test.workshop.project, path)
    return path
  }
  mine = edited('ana')
  theirs = edited('bob')
})
afterEach(async () => { await test.close() })

const shown = async (): Promise<string[]> => (await client.trajectories.list({ filter: { itemId }, page: {} })).rows.map(({ id }) => id).toSorted()

it('never leaves both versions out: the one chosen last comes back', async () => {
  await client.editing.settle({ id: mine.id, rival: theirs.id, choice: 'mine' })
  expect(await shown()).toEqual([mine.id])
  const { rivals } = await client.editing.open({ id: theirs.id, reviewer: 'bob' })
  expect(rivals).toMatchObject([{ id: mine.id, reviewer: 'ana', chosen: true }])
  await client.editing.settle({ id: theirs.id, rival: mine.id, choice: 'mine' })
  expect(await shown()).toEqual([theirs.id])
  await client.editing.settle({ id: mine.id, rival: theirs.id, choice: 'both' })
  expect(await shown()).toEqual([mine.id, theirs.id].toSorted())
})

it('tells every window what was stored and chosen, until it leaves', async () => {
  const leaving = new AbortController()
  const told: string[] = []
  const changes = await client.editing.watch(undefined, { signal: leaving.signal })
  const listening = (async () => { for await (const change of changes) told.push('judgedBy' in change ? change.judgedBy : `${change.itemId === itemId} ${change.trajectoryId}`) })()
  await expect.poll(() => test.workshop.edits.listeners).toBe(1)
  await client.editing.settle({ id: mine.id, rival: theirs.id, choice: 'mine' })
  await expect.poll(() => told).toEqual([`true ${mine.id}`])
  leaving.abort()
  await listening
  await expect.poll(() => test.workshop.edits.listeners).toBe(0)
})
