import type { Selectable } from 'kysely'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { Review, type Verdict } from '#shared/domain/review.ts'
import { sqlite } from './connection.ts'
import { decode, flag, json, required, unflag } from './decode.ts'
import { refreshFacets } from './facets.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'
import { trajectoryKey } from './trajectoryKey.ts'

type NewReview = Omit<Review, 'revisions' | 'steps'> & Partial<Pick<Review, 'revisions' | 'steps'>>

/**
 * Appends a person's statement, on disk before it returns. The newest review of each reviewer counts as a whole (so one
 * without a verdict takes the earlier verdict back); among reviewers the newest opinion shows in lists.
 */
export function addReview(project: ProjectWriter, review: NewReview): void {
  project.transaction(() => {
    const key = trajectoryKey(project, review.trajectoryId)
    appendReview(project, key, review, null)
    refreshFacets(project, [key])
  }, { durable: true })
}

/** Appends a statement and makes it its reviewer's opinion; the caller refreshes the facets of the path in the same transaction. */
export function appendReview(project: ProjectWriter, key: number, review: Omit<NewReview, 'trajectoryId'>, batch: string | null): void {
  const reviewKey = project.insert('reviews', {
    id: review.id, trajectory_key: key, reviewer: review.reviewer, verdict: review.verdict, reflective: flag(review.reflective), comment: review.comment,
    revisions: JSON.stringify(review.revisions ?? []), steps: JSON.stringify(review.steps ?? []), batch, created_at: review.createdAt
  })
  const opinion = { review_key: reviewKey, verdict: review.verdict, reflective: flag(review.reflective), commented: flag(review.comment !== '' || (review.steps ?? []).some(({ comment }) => comment !== '')) }
  project.run(sqlite.insertInto('opinions').values({ trajectory_key: key, reviewer: review.reviewer, ...opinion })
    .onConflict((at) => at.columns(['trajectory_key', 'reviewer']).doUpdateSet(opinion)))
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

/** Steps (0-based, ascending) that the newest word on them rejects, among each reviewer's newest statement. Throws `not_found`. */
export function rejectedSteps(project: ProjectReader, id: TrajectoryId): number[] {
  const query = sqlite.selectFrom('opinions').innerJoin('reviews', 'reviews.key', 'opinions.review_key').selectAll('reviews')
    .where('opinions.trajectory_key', '=', trajectoryKey(project, id)).orderBy('reviews.key')
  const verdicts = new Map<number, Verdict>()
  for (const row of project.all(query)) for (const { step, verdict } of reviewOf(row, id).steps) verdicts.set(step, verdict)
  return [...verdicts].filter(([, verdict]) => verdict === 'reject').map(([step]) => step).sort((a, b) => a - b)
}

export function reviewOf(row: Selectable<Tables['reviews']>, trajectoryId: TrajectoryId): Review {
  const { id, reviewer, verdict, comment } = row
  return decode(Review, {
    id, trajectoryId, reviewer, verdict, reflective: unflag(row.reflective), comment, revisions: json(row.revisions), steps: json(row.steps), createdAt: row.created_at
  }, `review ${id}`)
}
