import { expect, it } from 'vitest'
import type { MachineReading, MachineSample } from '#shared/domain/machine.ts'
import { machineCharts, usageOf } from '../../src/renderer/components/machineCharts.ts'

const READING: MachineReading = { processor: 0.1234, memoryUsedBytes: 2.345e9, memoryBytes: 8e9, freeDiskBytes: 1e11, cards: null }
const ENGINE = { processor: 0.5, residentBytes: 1e9, deviceBytes: 0 }

it('draws loads in per cent and sizes in GB, with gaps where nothing was told', () => {
  const charts = machineCharts([{ x: -1, reading: { ...READING, processor: null }, engine: null }, { x: 0, reading: READING, engine: ENGINE }], (line) => line)
  expect(charts.map(({ name, data }) => [name, Object.fromEntries(data.lines.map(({ label, values }) => [label, values]))])).toEqual([
    ['processor', { machine: [null, 12.3], engine: [0, 50] }], ['memory', { machine: [2.35, 2.35], engine: [0, 1] }], ['disk', { free: [100, 100] }]
  ])
  expect(charts[0]?.data.steps).toEqual([-1, 0])
})

it('draws graphics cards where they are told of, and what engines hold there even where they are not', () => {
  const card = (name: string, busy: number | null) => ({ name, busy, usedBytes: 4e9, totalBytes: 8e9 })
  const told = machineCharts([{ x: 0, reading: READING, engine: { ...ENGINE, deviceBytes: 1e9 } }, { x: 1, reading: { ...READING, cards: [card('a', 0.5), card('b', null)] }, engine: null }], (line) => line)
  const lines = (name: string) => told.find((chart) => chart.name === name)?.data.lines.map(({ label, values }) => [label, values])
  expect(lines('card')).toEqual([['a', [null, 50]], ['b', [null, null]]])
  expect(lines('cardMemory')).toEqual([['held', [1, 0]], ['a', [null, 4]], ['b', [null, 4]]])
})

it('adds up the engines at work', () => {
  const sample: MachineSample = { ...READING, at: '2026-01-01T00:00:00.000Z', engines: [{ ...ENGINE, run: null }, { processor: 0.7, residentBytes: 2e9, deviceBytes: 3e9, run: null }] }
  expect(usageOf(sample)).toEqual({ processor: 1, residentBytes: 3e9, deviceBytes: 3e9 })
  expect(usageOf({ ...sample, engines: [] })).toBeNull()
})
