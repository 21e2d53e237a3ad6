import { expect, it } from 'vitest'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { freezeDataset } from '#main/store/datasetVersions.ts'
import { appendRunMachine, listRunMachine } from '#main/store/runMachine.ts'
import { insertRun } from '#main/store/runs.ts'
import { RunMachinePoint, type EngineUsage, type MachineReading } from '#shared/domain/machine.ts'
import { makeCheckpoint, makeRun, temporaryProject } from './fixtures.ts'

const READING: MachineReading = { processor: 0.5, memoryUsedBytes: 2e9, memoryBytes: 8e9, freeDiskBytes: 1e11, cards: null }
const ENGINE: EngineUsage = { processor: 0.25, residentBytes: 1e9, deviceBytes: 0 }

function project() {
  const made = temporaryProject()
  const checkpoint = makeCheckpoint()
  insertCheckpoint(made, checkpoint)
  const run = makeRun(freezeDataset(made, { name: 'all' }).id, checkpoint.id)
  insertRun(made, run)
  return { made, run }
}

it('a run keeps what the machine did each second of its work; the time between two engines is no work', () => {
  const { made, run } = project()
  const at = (seconds: number): number => appendRunMachine(made, run.id, READING, { ...ENGINE, residentBytes: Math.round(seconds) }, 1e12 + 1000 * seconds)
  expect([at(0), at(1), at(1.2), at(3.1), at(3600)]).toEqual([0, 1, 2, 4, 9])
  const stored = listRunMachine(made, run.id, 600)
  expect(stored).toEqual([0, 1, 1.2, 3.1, 3600].map((residentBytes, index) => ({ ...READING, second: [0, 1, 2, 4, 9][index], engine: { ...ENGINE, residentBytes: Math.round(residentBytes) } })))
  for (const point of stored) RunMachinePoint.parse(point)
})

it('a long run is told in few points that keep its peaks', () => {
  const { made, run } = project()
  const peak = 137
  for (let second = 0; second < 250; second++) {
    const reading = { ...READING, processor: second % 2, memoryUsedBytes: second === peak ? 7e9 : 2e9, freeDiskBytes: second === peak ? 1e3 : 1e11 }
    appendRunMachine(made, run.id, reading, { ...ENGINE, residentBytes: second === peak ? 6e9 : 1e9 }, 1000 * second)
  }
  const told = listRunMachine(made, run.id, 25)
  expect(told.map(({ second }) => second)).toEqual(Array.from({ length: 25 }, (_, index) => index * 10 + 9))
  expect(told[13]).toMatchObject({ processor: 0.5, memoryUsedBytes: 7e9, freeDiskBytes: 1e3, engine: { residentBytes: 6e9 } })
  expect(told.filter(({ memoryUsedBytes }) => memoryUsedBytes === 7e9)).toHaveLength(1)
})

it('of several graphics cards the one most in use is kept, what is not told stays unknown', () => {
  const { made, run } = project()
  const card = { name: 'b', busy: null, usedBytes: 5e9, totalBytes: 8e9 }
  appendRunMachine(made, run.id, { ...READING, processor: null, cards: [{ name: 'a', busy: 1, usedBytes: 1e9, totalBytes: 8e9 }, card] }, ENGINE, 0)
  expect(listRunMachine(made, run.id, 600)).toEqual([{ ...READING, processor: null, cards: [card], second: 0, engine: ENGINE }])
})
