// Comparing beside everything else: once for whoever waits, again where more came meanwhile, told when it fails, over when the studio closes.
import { mkdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { SimilarState } from '#shared/domain/similar.ts'
import { SimilarKeeper } from '#main/jobs/similarKeeper.ts'
import { insertItems } from '#main/store/items.ts'
import { countStale } from '#main/store/signatures.ts'
import { countFindings } from '#main/store/similar.ts'
import { imageRef, makeItem, temporaryProject } from '../store/fixtures.ts'

test('whoever waits gets what there is compared, also what came while a pass was under way', async () => {
  const project = temporaryProject()
  const keeper = new SimilarKeeper(project)
  insertItems(project, [makeItem()])
  keeper.wake()
  insertItems(project, [makeItem({ question: 'And which word?', split: 'test' })])
  keeper.wake()
  const seen: SimilarState[] = []
  expect(await keeper.settled(undefined, (state) => seen.push(state))).toMatchObject({ pending: 0, running: false, failure: null })
  expect(seen.length).toBeGreaterThan(0)
  expect(countFindings(project, 'leakage')).toEqual({ groups: 1, items: 2, training: 1 })
  await keeper.close()
})

test('who is out of patience is told what is pending, and the pass goes on', async () => {
  const project = temporaryProject()
  const keeper = new SimilarKeeper(project)
  insertItems(project, [makeItem()])
  expect(await keeper.settled(AbortSignal.abort())).toMatchObject({ pending: 1, running: true })
  expect(await keeper.settled()).toMatchObject({ pending: 0, running: false })
  await keeper.close()
})

test('a failure is told with the state, and the next pass tries again', async () => {
  const project = temporaryProject()
  const keeper = new SimilarKeeper(project)
  const picture = imageRef(9)
  mkdirSync(project.blobs.path(picture.blob), { recursive: true })
  insertItems(project, [makeItem({ images: [picture] })])
  expect(await keeper.settled()).toMatchObject({ pending: 1, running: false, failure: expect.stringContaining('EISDIR') as string })
  const states = keeper.watch()
  expect((await states.next()).value).toMatchObject({ failure: expect.stringContaining('EISDIR') as string })
  keeper.wake()
  expect(keeper.state).toMatchObject({ running: true, failure: null })
  await keeper.close()
  expect((await states.next()).done).toBe(true)
})

test('nothing begins once it is closed', async () => {
  const project = temporaryProject()
  const keeper = new SimilarKeeper(project)
  insertItems(project, [makeItem()])
  keeper.wake()
  await keeper.close()
  keeper.wake()
  expect([keeper.state.running, countStale(project)]).toEqual([false, 1])
})
