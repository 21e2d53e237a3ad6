import type { Command } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import { SimilarKind } from '#shared/domain/similar.ts'
import { similarGroups } from '../curate/similar/findings.ts'
import { similarCounts } from '../store/similar.ts'
import { type CommonOptions, oneOf, type Session, wholeNumber, withProject } from './session.ts'

/** The most findings of a page. */
const MOST = 500

/** `data similar`: which questions show the same pictures. */
export function addSimilarCommand(program: Command): void {
  const group = program.commands.find((command) => command.name() === 'data') ?? program.command('data').description('look after what a project stores')
  group
    .command('similar <dir>')
    .description('find questions over the same pictures: leaks between training and held-out splits, and duplicates')
    .option('--kind <name>', `what to list: ${SimilarKind.options.join(', ')}`, oneOf('--kind', SimilarKind.options), 'leakage')
    .option('--limit <n>', 'findings listed', wholeNumber('--limit', 1, MOST), 20)
    .option('--json', 'one JSON object per event')
    .action((dir: string, { kind, limit, ...options }: CommonOptions & { kind: SimilarKind; limit: number }) =>
      withProject(dir, options, (session) => tell(session, kind, limit)))
}

async function tell({ workshop: { project, similar }, output }: Session, kind: SimilarKind, limit: number): Promise<void> {
  const { failure } = await similar.settled(undefined, ({ done, total }) => {
    output.progress({ phase: 'compare', done, total, unit: 'items', rate: null, secondsLeft: null })
  })
  if (failure !== null) throw new SightlineError('unreadable_file', `Comparing broke off: ${failure}`, { where: project.folder })
  const counts = await similarCounts(project)
  const { rows, total } = similarGroups(project, kind, { limit })
  output.event({ kind: 'similar', counts, findings: rows, total })
  if (output.json) return
  output.line(`Leakage: ${counts.leakage.training} training questions show pictures of held-out ones (${counts.leakage.groups} findings)`)
  output.line(`Duplicates: ${counts.duplicate.copies} besides the oldest (${counts.duplicate.groups} findings)`)
  output.line(`Same picture: ${counts.shared.items} questions (${counts.shared.groups} findings)`)
  for (const [place, { size, items }] of rows.entries()) {
    output.line(`\n${kind} ${place + 1} of ${total}, ${size} questions`)
    for (const { id, split, question } of items) output.line(`  ${split.padEnd(10)}  ${id}  ${question.replaceAll(/\s+/g, ' ').slice(0, 80)}`)
  }
}
