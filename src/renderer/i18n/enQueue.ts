/** Review queues, bulk verdicts, verdicts on steps, and several reviewers. */
export const enQueue = {
  queue: {
    title: 'Review queue', choose: 'Queue', all: 'All paths', option: '{name} · {n}', position: '{at} of {total}', nowhere: 'not in this list', judged: '{n} of {total} judged by you', atEnd: 'That was the last path.',
    save: 'Save as queue', edit: 'Rename or delete this queue', name: 'Name of the queue', rename: 'Rename', delete: 'Delete the queue', saveWhat: 'Keeps the filters under a name, for everyone who uses this project.',
    editWhat: 'Deleting takes away the name and the places in it; its paths stay.', failed: 'The queue could not be changed', reviewer: 'Reviewer', reviewerHelp: 'The name your verdicts are kept under',
    builtIn: {
      notJudged: 'Not judged', allWrong: 'All rollouts wrong', formatFailed: 'Format failed', revised: 'Revised a box', unsure: 'Low confidence', disagree: 'Reviewers disagree', secondReview: 'Blind second review'
    }
  },
  pathFilter: {
    more: 'More filters', moreSet: 'More filters ({n})', wellFormed: 'Format', wellFormedYes: 'format right', wellFormedNo: 'format failed', revised: 'Boxes revised', revisedYes: 'revised a box', revisedNo: 'revised no box',
    allWrong: 'Its rollouts', allWrongYes: 'all rollouts wrong', allWrongNo: 'some rollout right', problems: 'Problems', problemsYes: 'has problems', problemsNo: 'no problems', disagree: 'Agreement', disagreeYes: 'reviewers disagree',
    disagreeNo: 'nobody disagrees', commented: 'Comments', commentedYes: 'has comments', commentedNo: 'no comments', finish: 'Ending', judges: 'Verdicts', judgesNone: 'by nobody', judgesOne: 'by one reviewer', judgesSeveral: 'by several',
    mine: 'My verdict', mineJudged: 'judged by me', mineOpen: 'not judged by me', confidence: 'Confidence', leastSure: 'least sure {share} %', below: 'below {share} %',
    confidenceHelp: 'How sure the model was where it was least sure: the geometric mean of the probabilities it gave the tokens of its least sure step'
  },
  stepVerdict: {
    title: 'Verdict on step {n}', accept: 'Accept step {n}', reject: 'Reject step {n}', comment: 'Comment on step {n}', placeholder: 'What is wrong or right here?',
    help: 'A rejected step is left out of what cold start and rejection sampling learn (setting “Mask rejected steps”); the other steps of the path still count.'
  },
  bulk: {
    open: 'Judge all…', title: 'Say the same of every path in the list', action: 'What to say', actions: {
      accept: 'Accept', reject: 'Reject', markReflective: 'Mark reflective', markNotReflective: 'Mark not reflective', clear: 'Take verdicts and marks back'
    },
    matches: '{n} path passes the filters. | {n} paths pass the filters.', changes: '{n} of them will change.', mine: 'Of all you have accepted {accepted} and rejected {rejected}.', others: 'What others said stays; so do comments, single revisions and steps.',
    examples: 'Some that will change', nothing: 'Nothing would change.', counting: 'Counting…', do: '{action}: {n} path | {action}: {n} paths', doing: 'Saying so…', asJob: 'So many are judged in the background: progress is shown, and closing this or the window does not stop it.', done: 'Said of {n} path. | Said of {n} paths.', undone: 'Taken back on {n} path. | Taken back on {n} paths.',
    left: '{n} was left: you said something else of it since. | {n} were left: you said something else of them since.', last: 'Your last one: {action}, {n} path, {when} | Your last one: {action}, {n} paths, {when}', undo: 'Undo it', failed: 'The bulk action did not finish'
  },
  reviewers: {
    open: 'Reviewers', title: 'Reviewers of this project', progress: '{judged} of {paths} paths judged', once: '{n} by one reviewer', several: '{n} by several', disputed: '{n} in dispute', nobody: 'Nobody has judged a path yet.',
    name: 'Reviewer', judged: 'Judged', marked: 'Marks', commented: 'Comments', last: 'Last word', pairs: 'Agreement', pair: 'Two reviewers', overlap: 'Judged by both', share: 'Said the same', kappa: 'Cohen’s κ',
    kappaHelp: 'Agreement beyond what chance would give: 1 is full agreement, 0 what chance gives; – where both only ever said one thing', noPairs: 'No path was judged by two reviewers yet.',
    second: 'Start a blind second review', secondHelp: 'Paths one other reviewer judged; what they said stays hidden until you judge', conflicts: 'Conflicts', noConflicts: 'Reviewers agree wherever they judged the same path.',
    asQueue: 'Review the conflicts', hidden: '{n} reviewers differ; hidden until you judge', marks: 'reflective', noMarks: 'not reflective', more: 'Show more', of: '{n} of {total}'
  }
}
