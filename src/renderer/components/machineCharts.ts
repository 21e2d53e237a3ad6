import type { CardReading, EngineUsage, MachineReading, MachineSample } from '#shared/domain/machine.ts'
import type { CurveData } from './curves.ts'

/** The machine at a place of a time axis; null: no engine at work, which uses nothing. */
export interface MachineMoment { readonly x: number; readonly reading: MachineReading; readonly engine: EngineUsage | null }

export type MachineChartName = 'processor' | 'memory' | 'card' | 'cardMemory' | 'disk'
export type MachineLineName = 'machine' | 'engine' | 'held' | 'free'

export interface MachineChart { readonly name: MachineChartName; readonly data: CurveData }

/** All engines at work together; null where there is none. */
export function usageOf({ engines }: MachineSample): EngineUsage | null {
  if (engines.length === 0) return null
  const sum = (value: (engine: EngineUsage) => number): number => engines.reduce((total, engine) => total + value(engine), 0)
  return { processor: Math.min(1, sum(({ processor }) => processor)), residentBytes: sum(({ residentBytes }) => residentBytes), deviceBytes: sum(({ deviceBytes }) => deviceBytes) }
}

/**
 * Loads in per cent and sizes in GB over time. Charts of graphics cards are there only where the system tells of some, or an engine holds memory on one.
 * @param label of a line, in the language in use
 */
export function machineCharts(moments: readonly MachineMoment[], label: (line: MachineLineName) => string): MachineChart[] {
  const cards = [...new Set(moments.flatMap(({ reading }) => reading.cards?.map(({ name }) => name) ?? []))]
  const ofCard = (name: string, value: (card: CardReading) => number | null) => ({
    label: name, of: ({ reading }: MachineMoment) => {
      const card = reading.cards?.find((each) => each.name === name)
      return card === undefined ? null : value(card)
    }
  })
  const held = moments.some(({ engine }) => (engine?.deviceBytes ?? 0) > 0) ? [{ label: label('held'), of: ({ engine }: MachineMoment) => gigabytes(engine?.deviceBytes ?? 0) }] : []
  const charts: { name: MachineChartName; lines: { label: string; of: (moment: MachineMoment) => number | null }[] }[] = [
    { name: 'processor', lines: [{ label: label('machine'), of: ({ reading }) => percent(reading.processor) }, { label: label('engine'), of: ({ engine }) => percent(engine?.processor ?? 0) }] },
    { name: 'memory', lines: [{ label: label('machine'), of: ({ reading }) => gigabytes(reading.memoryUsedBytes) }, { label: label('engine'), of: ({ engine }) => gigabytes(engine?.residentBytes ?? 0) }] },
    { name: 'card', lines: cards.map((name) => ofCard(name, ({ busy }) => percent(busy))) },
    { name: 'cardMemory', lines: [...held, ...cards.map((name) => ofCard(name, ({ usedBytes }) => gigabytes(usedBytes)))] },
    { name: 'disk', lines: [{ label: label('free'), of: ({ reading }) => Math.round(reading.freeDiskBytes / 1e8) / 10 }] }
  ]
  return charts.filter(({ lines }) => lines.length > 0).map(({ name, lines }) => ({
    name, data: { steps: moments.map(({ x }) => x), lines: lines.map((line, colour) => ({ label: line.label, colour, dash: 0, values: moments.map(line.of) })) }
  }))
}

/** A share as per cent with one decimal. */
export function percent(share: number | null | undefined): number | null {
  return share === null || share === undefined ? null : Math.round(share * 1000) / 10
}

/** Bytes in GB to the nearest hundredth. */
export function gigabytes(bytes: number | null | undefined): number | null {
  return bytes === null || bytes === undefined ? null : Math.round(bytes / 1e7) / 100
}
