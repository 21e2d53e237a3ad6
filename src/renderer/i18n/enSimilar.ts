/** The words of finding items that show the same pictures. */
export const enSimilar = {
  similar: {
    open: 'Similar', title: 'Similar items', close: 'Back to the items',
    kind: { leakage: 'Leakage', duplicate: 'Duplicates', shared: 'Same picture' }, kinds: 'What to look at',
    what: {
      leakage: 'Training questions that show the same pictures as held-out ones (validation, test): what was learned there is no longer unseen here.',
      duplicate: 'The same question over the same pictures, more than once among the training questions or among the held-out ones.',
      shared: 'Items that share a picture. Several questions over one picture are nothing wrong by themselves.'
    },
    none: { leakage: 'No leakage found', duplicate: 'No duplicates found', shared: 'No two items share a picture' },
    noneHint: 'Pictures are compared by their looks, so scaled, brightened, slightly trimmed or newly encoded copies are found too. Pictures of a generator are the same only byte for byte.',
    notYet: 'Not all items have been compared yet.', comparing: 'Comparing pictures', pending: '{n} item not compared yet | {n} items not compared yet', compare: 'Compare', stop: 'Stop', broke: 'Comparing broke off: {reason}',
    training: 'Sort out {n} training question… | Sort out {n} training questions…', copies: 'Sort out {n} copy… | Sort out {n} copies…', list: 'Show as a list',
    size: '{n} item | {n} items', more: '+ {n} more', sortOut: 'Sort out…', twin: 'same question', wording: '{n} % of the wording', other: 'other question', filter: 'Similar',
    filters: { leakage: 'leakage', duplicate: 'duplicates', copy: 'all but the oldest', shared: 'same picture' }
  }
}
