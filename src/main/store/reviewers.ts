import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Conflict, ReviewerPair, ReviewerProgress, ReviewProgress } from '#shared/contract/reviewers.ts'
import { agreementOf } from '#shared/domain/agreement.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, unflag } from './decode.ts'
import { cursorKey, type Page, type PageOptions, pageLimit, pageOf } from './page.ts'
import type { ProjectReader } from './project.ts'
import { countTrajectories, filtered } from './trajectories.ts'

/** How far the project's review is: each figure is counted in a turn of its own, so that whatever waits goes first. */
export async function reviewProgress(project: ProjectReader): Promise<ReviewProgress> {
  const counts: number[] = []
  for (const filter of [{}, { judges: 'none' }, { judges: 'one' }, { judges: 'several' }, { disagree: true }] as const) {
    counts.push(countTrajectories(project, { ...filter, newestOnly: true }))
    await setImmediate()
  }
  const [paths = 0, open = 0, once = 0, several = 0, disputed = 0] = counts
  const reviewers = reviewerProgress(project)
  await setImmediate()
  return { paths, open, once, several, disputed, reviewers, pairs: reviewerPairs(project) }
}

/** Everyone who said something of a newest version, most verdicts first. */
function reviewerProgress(project: ProjectReader): ReviewerProgress[] {
  const query = filtered({ newestOnly: true }).innerJoin('opinions', 'opinions.trajectory_key', 'trajectories.key')
    .groupBy('opinions.reviewer').select([
      'opinions.reviewer as name', sql<number>`sum(opinions.verdict IS 'accept')`.as('accepted'), sql<number>`sum(opinions.verdict IS 'reject')`.as('rejected'),
      sql<number>`count(opinions.reflective)`.as('marked'), sql<number>`sum(opinions.commented)`.as('commented'), sql<number>`max(opinions.review_key)`.as('newest')
    ])
  return project.all(query).sort((a, b) => b.accepted + b.rejected - a.accepted - a.rejected || a.name.localeCompare(b.name)).map(({ newest, ...row }) => ({
    ...row, last: project.first(sqlite.selectFrom('reviews').select('created_at').where('key', '=', newest))?.created_at ?? ''
  }))
}

/** Agreement of every two reviewers on the newest versions both gave a verdict, most in common first. */
function reviewerPairs(project: ProjectReader): ReviewerPair[] {
  const query = filtered({ newestOnly: true }).innerJoin('opinions as a', 'a.trajectory_key', 'trajectories.key').innerJoin('opinions as b', 'b.trajectory_key', 'trajectories.key')
    .where(sql<boolean>`trajectories.judges > 1`).whereRef('a.reviewer', '<', 'b.reviewer')
    .where('a.verdict', 'is not', null).where('b.verdict', 'is not', null)
    .groupBy(['a.reviewer', 'b.reviewer']).select([
      'a.reviewer as first', 'b.reviewer as second', sql<number>`sum(a.verdict = 'accept' AND b.verdict = 'accept')`.as('both'),
      sql<number>`sum(a.verdict = 'accept' AND b.verdict = 'reject')`.as('onlyFirst'), sql<number>`sum(a.verdict = 'reject' AND b.verdict = 'accept')`.as('onlySecond'),
      sql<number>`sum(a.verdict = 'reject' AND b.verdict = 'reject')`.as('neither')
    ])
  return project.all(query)
    .map(({ first, second, both, onlyFirst, onlySecond, neither }) => ({ first, second, ...agreementOf([[both, onlyFirst], [onlySecond, neither]]) }))
    .sort((a, b) => b.overlap - a.overlap || a.first.localeCompare(b.first))
}

/** Newest versions that reviewers differ on, newest first; what was said is told only of those that `reviewer` gave a verdict. */
export function listConflicts(project: ProjectReader, reviewer: string, page: PageOptions): Page<Conflict> {
  const [limit, before] = [pageLimit(page), cursorKey(page)]
  const disputed = filtered({ disagree: true, newestOnly: true }).innerJoin('items', 'items.key', 'trajectories.item_key')
    .$if(before !== null, (query) => query.where('trajectories.key', '<', before ?? 0))
    .select(['trajectories.key', 'trajectories.id', 'items.question', 'trajectories.answer']).orderBy('trajectories.key', 'desc').limit(limit + 1)
  return pageOf(project.all(disputed), limit, countTrajectories(project, { disagree: true, newestOnly: true }), ({ key, id, question, answer }) => {
    const said = project.all(sqlite.selectFrom('opinions').select(['reviewer', 'verdict', 'reflective']).where('trajectory_key', '=', key).orderBy('review_key'))
      .filter(({ verdict, reflective }) => verdict !== null || reflective !== null)
    const mayKnow = said.some((opinion) => opinion.reviewer === reviewer && opinion.verdict !== null)
    return {
      id: decode(TrajectoryId, id, 'trajectories'), question, answer, reviewers: said.length,
      said: mayKnow ? said.map((opinion) => ({ ...opinion, reflective: unflag(opinion.reflective) })) : []
    }
  })
}
