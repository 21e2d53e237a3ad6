/** The words of paths that models write for people, and of checkpoints compared on the same items. */
export const enAssist = {
  prelabel: {
    open: 'Pre-label', tag: 'pre-label', title: 'Let a model write paths', failed: 'Could not start', items: 'Questions', which: 'Of these', writer: 'Written by', keep: 'Keep', samples: 'Paths per question', limit: 'Questions at most (0 = all)',
    what: 'A checkpoint or an endpoint draws and answers; you accept, correct or continue what it wrote. Its paths are a layer of their own: whatever is there already stays as it is.',
    scope: { item: 'This one', query: 'All in the list', ticked: 'Those ticked' },
    skips: { withPath: 'those without a path', withOwn: 'those without one of this model', none: 'all, whatever they have' },
    keeps: { all: 'All', right: 'Only right', best: 'Best of each' },
    greedy: 'At temperature 0 they would all be the same.', ofEndpoint: '{name} · {model} (endpoint)',
    inFlight: '{n} request at once | {n} requests at once', noPrice: 'price unknown', price: '{prompt} in, {completion} out for a million tokens',
    student: 'For the model', minSteps: 'Fewest turns to learn from',
    preview: '{paths} for {questions}', paths: '{n} path | {n} paths', questions: '{n} question | {n} questions', skipped: '{n} of {of} left out', unmeasured: 'Time unknown until this model has written some', time: 'About {time} at its last rate', memory: 'Memory {bytes} of {machine}',
    interrupted: 'Interrupted', doneOf: '{done} of {items} questions done', resume: 'Go on', forget: 'Forget', review: 'Review these paths'
  },
  compare: {
    with: 'Compare with', nobody: 'nothing', startWhat: 'Both checkpoints answer the same questions in the same manner. What was evaluated so already is taken; the rest is started.',
    beside: 'Beside {name}', onlyOne: 'Evaluate or tick a second checkpoint to compare the two question by question.', reviewPaths: 'Review the paths of this evaluation',
    title: '{left} and {right} on the same questions', common: '{n} question in both | {n} questions in both', apart: '{left} only in the first, {right} only in the second',
    chanceHelp: 'p: the chance of so uneven a change if right and wrong flipped alike (McNemar, exact)', choose: 'Show {n}: {outcome}, {task}', shown: '{n} question shown | {n} questions shown', pairs: 'Questions both answered', sort: 'Sort by',
    outcome: { lost: 'Right → wrong', won: 'Wrong → right', bothWrong: 'Wrong in both', bothRight: 'Right in both', unscored: 'Not scored' },
    column: { outcome: 'Outcome', task: 'Task', question: 'Question', steps: 'Steps' }
  }
}
