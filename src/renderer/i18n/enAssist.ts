/** The words of paths that models write for people, and of checkpoints compared on the same items. */
export const enAssist = {
  prelabel: {
    open: 'Pre-label', title: 'Let a model write paths', failed: 'Could not start', items: 'Questions', which: 'Of these', writer: 'Written by', keep: 'Keep', samples: 'Paths per question', limit: 'Questions at most (0 = all)',
    what: 'A checkpoint or an endpoint draws and answers; you accept, correct or continue what it wrote. Its paths are a layer of their own: whatever is there already stays as it is.',
    scope: { item: 'This one', query: 'All in the list' },
    skips: { withPath: 'those without a path', withOwn: 'those without one of this model', none: 'all, whatever they have' },
    keeps: { all: 'All', right: 'Only right', best: 'Best of each' },
    greedy: 'At temperature 0 they would all be the same.', ofEndpoint: '{name} · {model} (endpoint)',
    inFlight: '{n} request at once | {n} requests at once', noPrice: 'price unknown', price: '{prompt} in, {completion} out for a million tokens',
    student: 'For the model', minSteps: 'Fewest turns to learn from',
    preview: '{paths} paths for {items} questions', skipped: '{n} of {of} left out', unmeasured: 'Time unknown until this model has written some', time: 'About {time} at its last rate', memory: 'Memory {bytes} of {machine}',
    interrupted: 'Interrupted', doneOf: '{done} of {items} questions done', resume: 'Go on', forget: 'Forget', review: 'Review these paths'
  }
}
