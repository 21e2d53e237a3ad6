/** Findings and reasons that the engine gives as codes. */
export const enFindings = {
  errorCode: {
    bad_input: 'Not as it has to be', not_found: 'Not there', conflict: 'Not possible now', outside_project: 'Outside the project', unreadable_file: 'A file cannot be read', unsupported: 'Not supported',
    bad_checkpoint: 'The checkpoint does not fit', bad_graph: 'A graph is not right', device: 'The graphics device failed', out_of_memory: 'Not enough memory', disk_full: 'The disk is full', cancelled: 'Cancelled',
    engine_died: 'The engine ended', not_a_project: 'Not a project', migration: 'The project cannot be brought up to date', unauthorized: 'Not allowed', rate_limited: 'Too many requests', unreachable: 'Cannot be reached', bad_reply: 'The reply cannot be used'
  },
  finding: {
    settingsFit: 'go together', questionsFit: '{items} questions, {imageTokensMin} to {imageTokensMax} picture tokens each, equal to what the model makes of them',
    leakageNone: 'none of {items} training questions shows a picture of the held-out splits', leakageFound: '{questions} of {items} training questions show pictures of the held-out splits: figures measured there come out too good.',
    leakagePending: '{pending} items have not been compared yet.',
    memoryNeeds: 'needs {neededBytes} of {machineBytes}', memoryBounds: 'needs {leastBytes} to {neededBytes} of {machineBytes}, by how long the sampled paths are', memoryTight: 'More than four fifths of the machine: other programs may be pushed out.',
    memoryShort: 'More than the machine has: the run cannot start.', memoryAdvice: 'Train low-rank adapters (LoRA rank), block by block, compute blocks again, use smaller pictures (most pixels), or take a smaller model.',
    inputsInFloat16: 'Inputs of blocks wait in float16.', inputsInFile: 'Inputs of blocks wait in a file.',
    cardNeeds: 'needs {neededBytes} on the card', cardBounds: 'needs {leastBytes} to {neededBytes} on the card, by how long the sampled paths are', cardFits: 'It has {cardBytes}.',
    cardTight: 'It has {cardBytes}, of which a program can have about nine tenths: it may not be enough.', cardShort: 'It has {cardBytes}: too little.', cardUntold: 'This system does not tell how much it has.',
    cardAdvice: 'Train adapters block by block, take a smaller model, or run on the CPU; a run that ends there for want of memory can be resumed on the CPU.',
    diskNeeds: 'needs {neededBytes}, {freeBytes} free', diskTight: 'Hardly anything would be left.', diskShort: 'Too little: the run cannot start.', diskAdvice: 'Free some space, or keep fewer checkpoints.',
    dryRunSampled: '{rollouts} rollouts ran in {seconds}', dryRunNothing: 'There was nothing to learn from among them.', dryRunStep: 'a step of the run\'s size takes {seconds}, rollouts left out; its weights were thrown away',
    dryRunPeak: '{peakBytes} of memory at most', dryRunPeakHigh: 'That is more than four fifths of {machineBytes}.', notTried: 'not tried: another job has the machine, so its time would say nothing',
    timeTakes: 'about {seconds} for {steps} steps', timeSampling: '{seconds} of it sampling'
  },
  explanation: {
    noAnswer: 'The path gives no answer', right: '{given} is right', wrong: '{given} instead of {expected}', noOption: 'No option instead of {expected}', truthNoOption: '"{expected}" names no option',
    relativeAccuracy: '{given} for {expected}: mean relative accuracy {score}', noNumber: 'The answer holds no number; {expected} is expected', truthNoNumber: 'The expected answer "{expected}" holds no number',
    motion: 'Mean relative accuracy over five motion pairs: {score}', truthNoMotion: 'The expected camera motion cannot be read', freeForm: 'Free-form answers are not scored'
  }
}
