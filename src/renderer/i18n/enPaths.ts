/** Words of what is made from paths, and of paths beside each other. */
export const enPaths = {
  continuing: {
    list: 'Continuations', none: 'No model went on from a step of this version yet.', here: 'Continue after step {n}', fromQuestion: 'Continue from the question', title: 'Continue after step {n}',
    samples: 'Continuations', underWay: '{done} of {total}', failed: 'Could not continue', parent: 'Continued from'
  }
}
