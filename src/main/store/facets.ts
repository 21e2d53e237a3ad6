import { sql } from 'kysely'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { revisionsOf } from '#shared/geometry/revision.ts'
import { sqlite } from './connection.ts'
import { listed } from './listed.ts'
import type { ProjectWriter } from './project.ts'

/** What lists filter by of a path's own steps. */
export interface StepFacets {
  /** Boxes that a later step drew anew elsewhere. */
  revised: number
  /** Steps with something in them that could not be used. */
  problems: number
  confidence: number | null
}

export function stepFacets(steps: readonly Step[]): StepFacets {
  const boxes = (step: Step): DrawOp[] => step.action.kind === 'draw' ? step.action.ops.filter(({ kind }) => kind === 'box') : []
  return {
    revised: revisionsOf(steps.map((step) => ({ ops: boxes(step), observations: step.observations }))).length,
    problems: steps.filter(({ problems }) => problems.length > 0).length,
    confidence: confidenceOf(steps)
  }
}

/**
 * How sure a model was of what it wrote where it was least sure: the geometric mean of the token probabilities (at temperature 1) of
 * its least sure turn, 0 to 1; null where no turn was sampled here.
 */
export function confidenceOf(steps: readonly Pick<Step, 'tokens'>[]): number | null {
  const means = steps.flatMap(({ tokens }) => tokens === null || tokens.logProbs.length === 0 ? []
    : [tokens.logProbs.reduce((sum, value) => sum + value, 0) / tokens.logProbs.length])
  return means.length === 0 ? null : Math.exp(Math.min(...means, 0))
}

/**
 * Brings the columns that lists filter by up to date with rewards and statements; call it in the transaction that changed them.
 * `correct` is S_correct > 0 (METHOD.md section 2 with beta = 0); a person's reflective mark overrules the rule's; among people the
 * newest word counts.
 */
export function refreshFacets(project: ProjectWriter, keys: readonly number[]): void {
  project.run(sqlite.updateTable('trajectories').where(sql<boolean>`key IN ${listed(keys)}`).set({
    correct: sql<number | null>`(SELECT rewards.correct > 0 ${EARNED})`,
    well_formed: sql<number | null>`(SELECT rewards.format >= 1 ${EARNED})`,
    reflective: sql<number | null>`coalesce(${MARKED}, (SELECT rewards.reflective ${EARNED}))`,
    marked_reflective: MARKED,
    verdict: sql<'accept' | 'reject' | null>`(SELECT opinions.verdict ${SAID} AND opinions.verdict IS NOT NULL ORDER BY review_key DESC LIMIT 1)`,
    judges: sql<number>`(SELECT count(opinions.verdict) ${SAID})`,
    disagree: sql<number>`(SELECT count(DISTINCT opinions.verdict) > 1 OR count(DISTINCT opinions.reflective) > 1 ${SAID})`,
    commented: sql<number>`(SELECT coalesce(max(opinions.commented), 0) ${SAID})`
  }))
}

const SAID = sql`FROM opinions WHERE opinions.trajectory_key = trajectories.key`
const EARNED = sql`FROM rewards WHERE rewards.trajectory_key = trajectories.key`
const MARKED = sql<number | null>`(SELECT opinions.reflective ${SAID} AND opinions.reflective IS NOT NULL ORDER BY review_key DESC LIMIT 1)`

/**
 * Notes on every rollout of a path's group (same item, run and step; beside a run, same checkpoint) whether all of them are wrong:
 * at least one was scored and none is right. Continuations and what people and teachers wrote are in no group.
 */
export function refreshGroup(project: ProjectWriter, key: number): void {
  const own = project.first(sqlite.selectFrom('trajectories').select(['item_key', 'run_id', 'run_step', 'checkpoint_id']).where('key', '=', key)
    .where('origin_kind', '=', 'model').where('parent_key', 'is', null))
  if (own === undefined) return
  const isMember = sql<boolean>`item_key = ${own.item_key} AND run_id IS ${own.run_id} AND run_step IS ${own.run_step} AND checkpoint_id IS ${own.checkpoint_id}
    AND origin_kind = 'model' AND parent_key IS NULL`
  const best = project.first(sqlite.selectFrom('trajectories').select((eb) => eb.fn.max('correct').as('best')).where(isMember))?.best ?? null
  const wrong = best === null ? null : Number(best === 0)
  project.run(sqlite.updateTable('trajectories').set({ all_wrong: wrong }).where(isMember).where(sql<boolean>`all_wrong IS NOT ${wrong}`))
}
