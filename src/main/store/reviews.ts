import type { Selectable } from 'kysely'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { Review, type Verdict } from '#shared/domain/review.ts'
import { sqlite } from './connection.ts'
import { decode, flag, json, required, unflag } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { refreshFacets } from './rewards.ts'
import type { Tables } from './schema.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/**
 * Appends a person's statement, on disk before it returns. The newest review of each reviewer counts as a whole (so one
 * without a verdict takes the earlier verdict back); among reviewers the newest opinion shows in lists.
 */
export function addReview(project: ProjectWriter, review: Omit<Review, 'revisions'> & Partial<Pick<Review, 'revisions'>>): void {
  project.transaction(() => {
    const key = trajectoryKey(project, review.trajectoryId)
    project.insert('reviews', {
      id: review.id, trajectory_key: key, reviewer: review.reviewer, verdict: review.verdict, reflective: flag(review.reflective),
      comment: review.comment, revisions: JSON.stringify(review.revisions ?? []), created_at: review.createdAt
    })
    refreshFacets(project, key)
  }, { durable: true })
}

/** What the newest opinions of people say of a path, as lists show it. Throws `not_found`. */
export function getStanding(project: ProjectReader, id: TrajectoryId): { verdict: Verdict | null; markedReflective: boolean | null } {
  const row = required(project.first(sqlite.selectFrom('trajectories').select(['verdict', 'marked_reflective']).where('id', '=', id)), 'path', id)
  return { verdict: row.verdict, markedReflective: unflag(row.marked_reflective) }
}

/** All reviews of a path, oldest first. */
export function listReviews(project: ProjectReader, id: TrajectoryId): Review[] {
  const query = sqlite.selectFrom('reviews').selectAll().where('trajectory_key', '=', trajectoryKey(project, id)).orderBy('key')
  return project.all(query).map((row) => reviewOf(row, id))
}

function reviewOf(row: Selectable<Tables['reviews']>, trajectoryId: TrajectoryId): Review {
  const { id, reviewer, verdict, comment } = row
  return decode(Review, { id, trajectoryId, reviewer, verdict, reflective: unflag(row.reflective), comment, revisions: json(row.revisions), createdAt: row.created_at }, `review ${id}`)
}
