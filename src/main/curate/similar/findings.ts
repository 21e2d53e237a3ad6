import type { ItemSummary } from '#shared/domain/datasetItem.ts'
import type { SimilarGroup, SimilarItem, SimilarKind } from '#shared/domain/similar.ts'
import { itemSummaries } from '../../store/items.ts'
import { selectionQuery } from '../../store/itemBulk.ts'
import type { Page, PageOptions } from '../../store/page.ts'
import type { ProjectReader } from '../../store/project.ts'
import { countFindings, type Finding, findingsTwins, listFindings } from '../../store/similar.ts'
import { wordingShared } from './questionKey.ts'

/** Findings of a kind with their items, oldest first. */
export function similarGroups(project: ProjectReader, kind: SimilarKind, page: PageOptions = {}): Page<SimilarGroup> {
  const { findings, next } = listFindings(project, kind, page)
  const twins = findingsTwins(project, findings.flatMap(({ itemKeys }) => itemKeys))
  const summaries = new Map(itemSummaries(project, selectionQuery({ kind: 'ids', ids: [...twins.values()].map(({ id }) => id) })).map((item) => [item.id, item]))
  const itemOf = (key: number): { item: ItemSummary; twin: string }[] => {
    const twin = twins.get(key)
    const item = twin && summaries.get(twin.id)
    return twin === undefined || item === undefined ? [] : [{ item, twin: twin.twin }]
  }
  return { rows: findings.map((finding) => groupOf(finding, finding.itemKeys.flatMap(itemOf))), next, total: countFindings(project, kind).groups }
}

function groupOf({ key, size }: Finding, members: readonly { item: ItemSummary; twin: string }[]): SimilarGroup {
  const first = members[0]
  const items = members.map(({ item, twin }): SimilarItem => ({ ...item, twin: twin === first?.twin, wording: first === undefined ? 0 : wordingShared(first.item.question, item.question) }))
  return { key, size, items }
}
