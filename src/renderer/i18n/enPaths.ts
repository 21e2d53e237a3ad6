/** Words of what is made from paths, and of paths beside each other. */
export const enPaths = {
  continuing: {
    list: 'Continuations', none: 'No model went on from a step of this version yet.', here: 'Continue after step {n}', fromQuestion: 'Continue from the question', title: 'Continue after step {n}',
    samples: 'Continuations', underWay: '{done} of {total}', failed: 'Could not continue', parent: 'Continued from'
  },
  pathView: {
    acceptUpTo: 'Accept up to step {n}: the path ends here, what came after it is left out'
  },
  notes: { title: 'Notes', comment: 'Comment', hidden: 'Reviewed by others too ({n}): shown once you have judged.', disagree: 'Reviewers disagree' },
  group: {
    show: 'Group', title: 'Rollouts of this question', everyPath: 'All {n} paths of the item', beside: 'Side by side', compare: 'Compare', open: 'open here',
    column: { place: 'Rollout', reward: 'Reward', advantage: 'Advantage', ending: 'Ending', steps: 'Steps', tokens: 'Tokens' }
  },
  pathDiff: {
    title: 'Two paths, step by step', sameThought: 'same thought', otherThought: 'other thought', sameAction: 'same action', otherAction: 'other action', ended: 'The path has ended.', only: 'in one path only'
  }
}
