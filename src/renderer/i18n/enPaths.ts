/** Words of what is made from paths, and of paths beside each other. */
export const enPaths = {
  continuing: {
    list: 'Continuations', none: 'No model went on from a step of this version yet.', here: 'Continue after step {n}', fromQuestion: 'Continue from the question', title: 'Continue after step {n}',
    samples: 'Continuations', underWay: '{done} of {total}', failed: 'Could not continue', parent: 'Continued from'
  },
  pathView: {
    acceptUpTo: 'Accept up to step {n}: the path ends here, what came after it is left out',
    pictures: 'Pictures ({n})', graph: 'Which picture each step drew on', graphHelp: 'Columns are steps, rows are pictures and what was drawn on them; arrow keys go from picture to picture', graphList: 'The pictures in order',
    given: 'Picture {n}, given', made: 'Picture {n}, made of picture {from} in step {step}', untouched: '{n} given picture no step drew on is left out | {n} given pictures no step drew on are left out',
    drawnIn: 'Drawn on in step {steps}', view: 'Show picture {n} on the canvas',
    entropy: 'entropy',
    shade: 'What the heat of the tokens shows',
    tokenStrip: 'Tokens of this step, one by one',
    malformed: 'malformed',
    malformedHelp: 'This turn does not keep the form the prompt asks for: the format part of the reward is 0',
    revises: 'revises',
    revisesHelp: 'This step draws something seen before anew elsewhere: the path is reflective by it',
    problems: 'What could not be used',
    showProblem: 'Show where it was written',
    drawn: 'Pictures this step drew on and made'
  },
  problemDetail: {
    missing_image: 'Picture {image}; there were 1 to {count}.', outside_image: '{shape} "{label}" at {at}; picture {image} is {width} x {height}.', repeated_action: '{shape} "{label}" at {at}.'
  },
  problemWhat: {
    unparsed_block: 'The block is not readable as a list of operations; only objects that are whole in it were drawn.',
    unknown_operation: 'The object is neither a box nor a line, or lacks its image or its label; it was not drawn.',
    missing_image: 'The operation names an image that did not exist at this step.',
    outside_image: 'The shape reaches beyond its picture; it was drawn as far as the picture goes.',
    repeated_action: 'The same was drawn before at the same place; the path ends here by the rule on repetition.',
    no_action: 'The turn neither draws nor answers; the path ends here.'
  },
  notes: { title: 'Notes', comment: 'Comment', hidden: 'Reviewed by others too ({n}): shown once you have judged.', disagree: 'Reviewers disagree' },
  group: {
    show: 'Group', title: 'Rollouts of this question', everyPath: 'All {n} paths of the item', beside: 'Side by side', compare: 'Compare', open: 'open here',
    column: { place: 'Rollout', reward: 'Reward', advantage: 'Advantage', ending: 'Ending', steps: 'Steps', tokens: 'Tokens' }
  },
  pathDiff: {
    title: 'Two paths, step by step', sameThought: 'same thought', otherThought: 'other thought', sameAction: 'same action', otherAction: 'other action', ended: 'The path has ended.', only: '{shape}: in one path only',
    box: 'box {n}', line: 'line {n}', corners: '{shape}: corners moved by {first} px and {second} px, overlap (IoU) {iou}', ends: '{shape}: start moved by {first} px, end by {second} px'
  }
}
