import type { Rival } from '#shared/contract/editing.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { trajectoryKey } from './trajectoryKey.ts'

interface Version { key: number; id: string; parent_key: number | null; reviewer: string | null; superseded: number; apart: number; created_at: string }

/**
 * Newest versions people made of the same path beside this one: two windows edited it, or an older version was edited anew.
 * Versions told apart (`settleRivals` with `both`) are no rivals. Newest first. Throws `not_found`.
 */
export function listRivals(project: ProjectReader, id: TrajectoryId): Rival[] {
  const own = trajectoryKey(project, id)
  const versions = new Map(versionsOf(project, baseOf(project, own)).map((version) => [version.key, version]))
  const parents = new Set([...versions.values()].map(({ parent_key }) => parent_key))
  const leaves = [...versions.values()].filter(({ key, superseded }) => superseded === 0 && !parents.has(key) && key !== own)
  const leftOut = versions.get(own)?.superseded === 1 && !parents.has(own)
  const line = lineOf(versions, own)
  return leaves.filter(({ key }) => {
    const other = lineOf(versions, key)
    return !other.includes(own) && !apartBelow(versions, line, other) && !apartBelow(versions, other, line)
  }).map(({ id: rival, reviewer, created_at }) => ({ id: decode(TrajectoryId, rival, 'trajectories'), reviewer: reviewer ?? '', createdAt: created_at, chosen: leftOut })).reverse()
}

/**
 * `mine` leaves the rival out of lists, `theirs` this version, `both` makes a path of its own of this version's line. What is kept comes
 * back to the lists if another window had left it out.
 */
export function settleRivals(project: ProjectWriter, id: TrajectoryId, rival: TrajectoryId, choice: 'mine' | 'theirs' | 'both'): void {
  project.transaction(() => {
    const [own, other] = [trajectoryKey(project, id), trajectoryKey(project, rival)]
    const set = (key: number, change: { superseded?: 0 | 1; apart?: 1 }): void => { project.run(sqlite.updateTable('trajectories').set(change).where('key', '=', key)) }
    for (const key of [own, other]) if (!isEdited(project, key)) set(key, { superseded: 0 })
    if (choice === 'both') set(own, { apart: 1 })
    else set(choice === 'mine' ? other : own, { superseded: 1 })
  }, { durable: true })
}

/** The newest version no person made that this one was edited from; itself where it is such a one. Throws `not_found`. */
export function originalVersion(project: ProjectReader, id: TrajectoryId): TrajectoryId {
  const row = project.first(sqlite.selectFrom('trajectories').select('id').where('key', '=', baseOf(project, trajectoryKey(project, id))))
  return decode(TrajectoryId, row?.id, 'trajectories')
}

function isEdited(project: ProjectReader, key: number): boolean {
  return project.first(sqlite.selectFrom('trajectories').select('key').where('parent_key', '=', key).where('origin_kind', '=', 'human').limit(1)) !== undefined
}

function baseOf(project: ProjectReader, key: number): number {
  const row = required(project.first(sqlite.selectFrom('trajectories').select(['parent_key', 'origin_kind']).where('key', '=', key)), 'version', String(key))
  return row.origin_kind !== 'human' || row.parent_key === null ? key : baseOf(project, row.parent_key)
}

/** The base and every version people made from it, parents before children. */
function versionsOf(project: ProjectReader, base: number): Version[] {
  const columns = ['t.key', 't.id', 't.parent_key', 't.origin_name as reviewer', 't.superseded', 't.apart', 't.created_at'] as const
  const query = sqlite.withRecursive('versions', (db) => db.selectFrom('trajectories as t').select(columns).where('t.key', '=', base)
    .unionAll(db.selectFrom('trajectories as t').innerJoin('versions', 'versions.key', 't.parent_key').select(columns).where('t.origin_kind', '=', 'human')))
    .selectFrom('versions').selectAll().orderBy('key')
  return project.all(query)
}

/** A version and what it was made from, newest first. */
function lineOf(versions: ReadonlyMap<number, Version>, key: number): number[] {
  const line: number[] = []
  for (let at = versions.get(key); at !== undefined; at = at.parent_key === null ? undefined : versions.get(at.parent_key)) line.push(at.key)
  return line
}

/** Whether `line` was told apart after it left `other`. */
function apartBelow(versions: ReadonlyMap<number, Version>, line: readonly number[], other: readonly number[]): boolean {
  return line.some((key) => !other.includes(key) && versions.get(key)?.apart === 1)
}
