import { mkdir, mkdtemp, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { dropRunStates, loadRunState, SaveClock, saveRunState } from '#main/train/runState.ts'
import type { Savable } from '#main/train/runState.ts'

class Counter implements Savable {
  value = 0

  async saveState(folder: string): Promise<void> {
    await writeFile(join(folder, 'counter.txt'), String(this.value))
  }

  async loadState(folder: string): Promise<void> {
    this.value = Number(await readFile(join(folder, 'counter.txt'), 'utf8'))
  }
}

let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'run-')), 'run')
})

const position = (step: number) => ({ stage: 'coldStart', seed: 1, step, inputs: 'abc' })

async function saveAt(step: number): Promise<void> {
  const counter = new Counter()
  counter.value = step * 10
  await saveRunState(folder, position(step), counter)
}

test('the newest state comes back and older ones are gone', async () => {
  await saveAt(3)
  await saveAt(7)
  const counter = new Counter()
  expect(await loadRunState(folder, 'abc', counter)).toEqual(position(7))
  expect(counter.value).toBe(70)
  expect(await readdir(folder)).toEqual(['state-00000007'])
})

test('a run without a state starts from nothing', async () => {
  expect(await loadRunState(folder, 'abc', new Counter())).toBeNull()
})

test('a state cut short by a kill is passed over for the one before it', async () => {
  await saveAt(3)
  const kept = join(folder, 'state-00000003')
  const files = await Promise.all(['counter.txt', 'state.json'].map((name) => readFile(join(kept, name))))
  await saveAt(5)
  // What a program killed while removing the old state leaves: both of them; then the newer one is damaged.
  await mkdir(kept)
  await writeFile(join(kept, 'counter.txt'), files[0] ?? '')
  await writeFile(join(kept, 'state.json'), files[1] ?? '')
  await truncate(join(folder, 'state-00000005', 'counter.txt'), 1)
  const counter = new Counter()
  expect((await loadRunState(folder, 'abc', counter))?.step).toBe(3)
  expect(counter.value).toBe(30)
})

test('a draft left behind is no state', async () => {
  await saveAt(1)
  await rename(join(folder, 'state-00000001'), join(folder, 'state-00000001.draft'))
  expect(await loadRunState(folder, 'abc', new Counter())).toBeNull()
  await saveAt(1)
  expect(await readdir(folder)).toEqual(['state-00000001'])
})

test('a state of other settings or data is refused', async () => {
  await saveAt(2)
  await expect(loadRunState(folder, 'other', new Counter())).rejects.toMatchObject({ code: 'conflict' })
})

test('a finished run drops its states', async () => {
  await saveAt(2)
  await dropRunStates(folder)
  expect(await readdir(folder)).toEqual([])
})

test('saving never takes more than a twentieth of the time', async () => {
  const clock = new SaveClock(0.001, performance.now() - 1000)
  expect(clock.due()).toBe(true)
  await clock.timed(() => new Promise((resolve) => setTimeout(resolve, 20)))
  expect(clock.due(performance.now() + 300)).toBe(false)
  expect(clock.due(performance.now() + 600)).toBe(true)
})
