import { sql } from 'kysely'
import type { RunId } from '#shared/domain/ids.ts'
import type { EngineUsage, MachineReading, RunMachinePoint } from '#shared/domain/machine.ts'
import { sqlite } from './connection.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** A time without readings (the run was stopped, the machine asleep) counts as no more of the run's work than this, in seconds. */
const LONGEST_GAP = 5

/**
 * Stores what the machine did while a run's engine was at work. Of several graphics cards the one with most memory in use is kept.
 * @param now milliseconds since the epoch
 * @returns how many seconds the run has been at work, over all its engines
 */
export function appendRunMachine(project: ProjectWriter, runId: RunId, reading: MachineReading, engine: EngineUsage, now: number): number {
  const last = project.first(sqlite.selectFrom('run_machine').select(['second', 'at']).where('run_id', '=', runId).orderBy('second', 'desc').limit(1))
  const second = last === undefined ? 0 : last.second + Math.min(LONGEST_GAP, Math.max(1, Math.round((now - last.at) / 1000)))
  const card = reading.cards?.toSorted((a, b) => (b.usedBytes ?? 0) - (a.usedBytes ?? 0))[0]
  project.insert('run_machine', {
    run_id: runId, second, at: now, processor: reading.processor, memory_used: reading.memoryUsedBytes, memory: reading.memoryBytes, free_disk: reading.freeDiskBytes,
    engine_processor: engine.processor, engine_resident: engine.residentBytes, engine_device: engine.deviceBytes,
    card: card?.name ?? null, card_busy: card?.busy ?? null, card_used: card?.usedBytes ?? null, card_memory: card?.totalBytes ?? null
  })
  return second
}

/**
 * The machine over a run's work in at most so many points: of the seconds that share one, loads are means, memory is the most and the disk's room
 * the least there was.
 */
export function listRunMachine(project: ProjectReader, runId: RunId, points: number): RunMachinePoint[] {
  const last = project.first(sqlite.selectFrom('run_machine').select('second').where('run_id', '=', runId).orderBy('second', 'desc').limit(1))
  if (last === undefined) return []
  const width = Math.ceil((last.second + 1) / points)
  const bucket = sql<number>`second / ${sql.lit(width)}`
  return project.all(sqlite.selectFrom('run_machine').select(({ fn }) => [
    fn.max('second').as('second'), fn.avg<number | null>('processor').as('processor'), fn.max('memory_used').as('used'), fn.max('memory').as('memory'), fn.min('free_disk').as('free'),
    fn.avg<number>('engine_processor').as('engineProcessor'), fn.max('engine_resident').as('resident'), fn.max('engine_device').as('device'),
    fn.max('card').as('card'), fn.avg<number | null>('card_busy').as('busy'), fn.max('card_used').as('cardUsed'), fn.max('card_memory').as('cardMemory')
  ]).where('run_id', '=', runId).groupBy(bucket).orderBy(bucket)).map((row) => ({
    second: row.second, processor: row.processor, memoryUsedBytes: row.used, memoryBytes: row.memory, freeDiskBytes: row.free,
    engine: { processor: row.engineProcessor, residentBytes: row.resident, deviceBytes: row.device },
    cards: row.card === null ? null : [{ name: row.card, busy: row.busy, usedBytes: row.cardUsed, totalBytes: row.cardMemory }]
  }))
}
