import { z } from 'zod'
import { DrawOp } from '#shared/domain/drawOp.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Observation, Step } from '#shared/domain/trajectory.ts'
import { sqlite } from './connection.ts'
import { decode, flag, json, unflag } from './decode.ts'
import { imageOf, mediaKey } from './media.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { SHAPE_COLUMNS, shapeOf, shapeRow } from './shapes.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/** Writes a path's steps; call it inside the path's transaction. */
export function insertSteps(project: ProjectWriter, trajectoryKey: number, steps: readonly Step[]): void {
  steps.forEach((step, position) => {
    const { action } = step
    const key = project.insert('steps', {
      trajectory_key: trajectoryKey, position, text: step.text, thought: step.thought, action_kind: action.kind,
      action_tool: action.kind === 'draw' ? action.tool : null, action_text: action.kind === 'answer' ? action.text : null,
      problems: JSON.stringify(step.problems), mistake: flag(step.mistake)
    })
    if (action.kind === 'draw') action.ops.forEach((op, i) => project.insert('operations', { step_key: key, ...shapeRow(op, i) }))
    step.observations.forEach((observation, i) => insertObservation(project, key, i, observation))
    if (step.tokens !== null) insertTokens(project, key, step.tokens)
  })
}

function insertObservation(project: ProjectWriter, stepKey: number, position: number, observation: Observation): void {
  const key = project.insert('observations', {
    step_key: stepKey, position, source_index: observation.sourceIndex, new_index: observation.newIndex,
    media_key: mediaKey(project, observation.image)
  })
  observation.shapes.forEach((op, i) => project.insert('observation_shapes', { observation_key: key, ...shapeRow(op, i) }))
}

/** Token ids as 32-bit integers, the numbers beside them as doubles: exact, and a fifth of their JSON. */
function insertTokens(project: ProjectWriter, stepKey: number, tokens: NonNullable<Step['tokens']>): void {
  project.insert('step_tokens', {
    step_key: stepKey,
    prompt_ids: bytesOf(Int32Array.from(tokens.promptIds)),
    response_ids: bytesOf(Int32Array.from(tokens.responseIds)),
    log_probs: bytesOf(Float64Array.from(tokens.logProbs)),
    entropies: bytesOf(Float64Array.from(tokens.entropies))
  })
}

/** A path's steps in order, as plain values for the caller to check against its schema. */
export function readSteps(project: ProjectReader, trajectoryKey: number): unknown[] {
  const steps = project.all(sqlite.selectFrom('steps').selectAll().where('trajectory_key', '=', trajectoryKey).orderBy('position'))
  const operations = operationsByStep(project, trajectoryKey)
  const tokens = new Map(project.all(stepsOf(trajectoryKey).innerJoin('step_tokens', 'step_tokens.step_key', 'steps.key').selectAll('step_tokens'))
    .map((row) => [row.step_key, row]))
  const observations = readObservations(project, trajectoryKey)
  return steps.map((row) => {
    const sampled = tokens.get(row.key)
    return {
      text: row.text, thought: row.thought,
      action: { kind: row.action_kind, tool: row.action_tool, text: row.action_text, ops: (operations.get(row.key) ?? []).map(shapeOf) },
      observations: observations.get(row.key) ?? [],
      problems: json(row.problems), mistake: unflag(row.mistake),
      tokens: sampled === undefined ? null : {
        promptIds: integersOf(sampled.prompt_ids), responseIds: integersOf(sampled.response_ids),
        logProbs: doublesOf(sampled.log_probs), entropies: doublesOf(sampled.entropies)
      }
    }
  })
}

/** What each step of a path draws, in order, without all else. Throws `not_found`. */
export function operationsOf(project: ProjectReader, id: TrajectoryId): DrawOp[][] {
  const key = trajectoryKey(project, id)
  const steps = project.all(stepsOf(key).select('steps.key').orderBy('position'))
  const operations = operationsByStep(project, key)
  return steps.map((step) => decode(z.array(DrawOp), (operations.get(step.key) ?? []).map(shapeOf), `path ${id}`))
}

function operationsByStep(project: ProjectReader, trajectoryKey: number) {
  return grouped(project.all(stepsOf(trajectoryKey).innerJoin('operations', 'operations.step_key', 'steps.key')
    .select(['steps.key as owner', ...columnsOf('operations')]).orderBy('operations.position')))
}

function readObservations(project: ProjectReader, trajectoryKey: number): Map<number, unknown[]> {
  const rows = project.all(stepsOf(trajectoryKey).innerJoin('observations', 'observations.step_key', 'steps.key')
    .innerJoin('media', 'media.key', 'observations.media_key')
    .selectAll('media').select(['steps.key as owner', 'observations.key as observation', 'source_index', 'new_index'])
    .orderBy('observations.position'))
  const shapes = grouped(project.all(stepsOf(trajectoryKey).innerJoin('observations', 'observations.step_key', 'steps.key')
    .innerJoin('observation_shapes', 'observation_shapes.observation_key', 'observations.key')
    .select(['observations.key as owner', ...columnsOf('observation_shapes')]).orderBy('observation_shapes.position')))
  const found = grouped(rows)
  return new Map([...found].map(([step, list]) => [step, list.map((row) => ({
    sourceIndex: row.source_index, newIndex: row.new_index, shapes: (shapes.get(row.observation) ?? []).map(shapeOf), image: imageOf(row)
  }))]))
}

function stepsOf(trajectoryKey: number) {
  return sqlite.selectFrom('steps').where('steps.trajectory_key', '=', trajectoryKey)
}

function columnsOf<T extends 'operations' | 'observation_shapes'>(table: T) {
  return SHAPE_COLUMNS.map((column) => `${table}.${column}` as const)
}

function grouped<Row extends { owner: number }>(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.owner)
    if (group === undefined) groups.set(row.owner, [row])
    else group.push(row)
  }
  return groups
}

function bytesOf(values: Int32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function integersOf(bytes: Uint8Array): number[] {
  return Array.from(new Int32Array(aligned(bytes)))
}

function doublesOf(bytes: Uint8Array): number[] {
  return Array.from(new Float64Array(aligned(bytes)))
}

/** A copy in a buffer of its own: SQLite's may start at any address. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}
