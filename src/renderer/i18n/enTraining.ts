/** The words of training: stages, their settings, the run page. */
export const enTraining = {
  stage: {
    coldStart: { name: 'Cold start', what: 'Learn to draw and answer from teacher paths and accepted corrections.' },
    answerSft: { name: 'Answers only', what: 'Learn the bare answers of the same questions, for comparison.' },
    reflective: { name: 'Reflective sampling', what: 'Sample paths, keep the correct ones that revise themselves, learn from them.' },
    grpo: { name: 'GRPO', what: 'Reinforcement learning: groups of rollouts, rewarded against each other.' },
    dpo: { name: 'Preference pairs (DPO)', what: 'Learn from pairs: a right answer against an altered one, or the best rollout against the worst.' }
  },
  train: {
    new: 'New run', empty: 'No training run yet', emptyHint: 'Start a single stage, or let the whole pipeline run: cold start, reflective sampling and GRPO, with an evaluation after each.',
    runs: 'Training runs', run: 'Run', noRuns: 'No runs yet', checkpoint: 'Start from', chooseCheckpoint: 'Choose a checkpoint', stage: 'Stage', preset: 'Preset', ownSettings: 'Own settings', tasks: 'Tasks',
    allTasks: 'All tasks', prompt: 'Prompt', drawStyle: 'Drawing style', stop: 'Stop after this step', resume: 'Resume', paths: 'Rollouts of this run', config: 'What it runs with',
    stopWhat: 'Ends after the step in hand and keeps its state', stopNow: 'Stop now', stopNowWhat: 'Ends at once; resuming goes on from the last saved state', pause: 'Pause', pauseFailed: 'Could not pause',
    rerun: 'Run again', rerunTitle: 'Run again as a child of this run', rerunWhat: 'A new run with these settings, changed or not; this one stays as it is', parent: 'Parent', curves: 'Curves', inputs: 'Inputs and checkpoints',
    checkpoints: 'Checkpoints', noCheckpoints: 'None yet', best: 'best',
    dataVersion: 'Data version', started: 'Time', step: 'step {n}', stepOf: 'step {n} of {of}', stepAxis: 'step'
  },
  chart: {
    reward: 'Reward', accuracy: 'Accuracy', format: 'Well-formed', reflection: 'Reflection rate', kept: 'Kept paths', steps: 'Steps, boxes, lines', length: 'Response length', finish: 'How paths end',
    loss: 'Loss', margin: 'Reward margin', entropy: 'Entropy', kl: 'KL to the start', clip: 'Clipped share', ratio: 'Policy ratio', groups: 'Groups and paths used', gradNorm: 'Gradient norm', learningRate: 'Learning rate',
    speed: 'Speed', seconds: 'Seconds by phase', memory: 'Memory', tokens: 'Tokens', other: 'Other numbers'
  },
  curves: {
    group: { outcome: 'Outcome', behaviour: 'Behaviour', learning: 'Learning', machine: 'Machine' }, compare: 'Lay other runs over it', smoothing: 'Smoothing', openHint: 'A click on a point (or Enter) opens the paths behind it',
    none: 'Nothing measured yet.', log: 'Logarithmic scale', logOf: 'log: {chart}', showAll: 'show all'
  },
  settings: {
    changed: '{n} changed', back: '{name}: back to {value}', backAll: 'Take all changes back', wrong: 'not valid', complaint: { missing: 'A number is missing', least: 'At least {n}', above: 'More than {n}', most: 'At most {n}' },
    section: { basic: 'Main settings', optimizer: 'Optimizer', objective: 'Objective and reward', sampling: 'Sampling', adapter: 'Adapters', memory: 'Pictures and memory', other: 'Other' }
  },
  choice: {
    auto: 'automatic', float32: 'float32 in memory', float16: 'float16 in memory', file: 'a file',
    cosine: 'cosine', linear: 'linear', constant: 'constant', all: 'all layers', attention: 'attention', queryValue: 'queries and values', sum: 'sum', half: 'halves', token: 'per token', sequence: 'per path',
    sequenceMean: 'mean over paths', tokenMean: 'mean over tokens', constantLength: 'constant length', sampled: 'noted while sampling', recomputed: 'computed anew', answers: 'bare answers', paths: 'written paths', rollouts: 'rollouts'
  },
  preflight: {
    title: 'Before it starts', check: 'Check only', busy: 'Looking at settings, questions, memory and disk, and running one batch …', anyway: 'Start anyway', failed: 'Could not check', numbers: 'Numbers', seconds: '{n} s',
    state: { ok: 'Fine', warning: 'Warning', error: 'Cannot start' },
    name: { settings: 'Settings', questions: 'Questions', leakage: 'Leakage', memory: 'Memory', card: 'Graphics card', disk: 'Disk', dryRun: 'One batch', time: 'Time' },
    number: {
      items: 'questions', questions: 'over held-out pictures', pending: 'not compared yet', imageTokensMin: 'fewest picture tokens', imageTokensMax: 'most picture tokens', neededBytes: 'needed', weightsBytes: 'weights', gradientsBytes: 'gradients', momentsBytes: 'moments',
      activationsBytes: 'activations', cacheBytes: 'cache', machineBytes: 'machine', cardBytes: 'card', leastBytes: 'at least', referenceBytes: 'reference', peakBytes: 'peak of the batch', statesBytes: 'states', checkpointsBytes: 'checkpoints', rolloutsBytes: 'rollouts', freeBytes: 'free',
      seconds: 'in all', steps: 'steps', secondsPerStep: 'each step', errors: 'errors', warnings: 'warnings', rollouts: 'rollouts', rolloutSeconds: 'for the rollouts', stepSeconds: 'a step of the run\'s size', samplingSeconds: 'of it sampling',
      secondsRollout: 'rollouts', secondsScore: 'scoring', secondsData: 'data', secondsOldLogProb: 'old log-probabilities', secondsReference: 'reference', secondsUpdate: 'update', secondsSave: 'saving'
    }
  },
  manifest: {
    title: 'Frozen inputs', none: 'Written when the run begins.', part: 'Input', what: 'What', dataset: 'Data', datasetIs: '{items} questions, {paths} paths', leakage: 'Leakage', leakageIs: '{n} question over held-out pictures | {n} questions over held-out pictures', leakagePending: '{n} not compared', showLeakage: 'Show them', model: 'Model', prompt: 'Prompt', drawStyle: 'Drawing style',
    code: 'Program', device: 'Device', threads: '{n} thread | {n} threads', promptText: 'Text of the prompt'
  },
  tally: {
    sampled: 'What became of the sampled paths', taught: 'What became of the paths', kept: 'Kept', unscored: 'Not scored', noAnswer: 'No answer', wrong: 'Wrong answer', malformed: 'Not well-formed',
    notReflective: 'Not reflective', short: 'Too few steps', duplicate: 'Same as another', overCap: 'Beyond the cap of its question', vetoed: 'Rejected in review', failed: 'No usable reply'
  },
  pipeline: {
    open: 'Run the pipeline', running: 'Pipeline is running', title: 'Run the whole pipeline', minutes: 'Minutes, about',
    what: 'Evaluates the embedded model, then runs the stages one after the other, each from the best checkpoint of the one before, with an evaluation after each. It can be stopped at any time and keeps what was finished.',
    fork: 'Fork a pipeline', forkTitle: 'Go on from here with other stages', forkWhat: 'Goes on from a checkpoint of this run with the stages chosen here, on the questions the project holds.',
    stages: 'Stages of the pipeline', evaluation: 'evaluate', evaluationIs: 'Each evaluation: {split} questions, at most {n} of a task.', add: 'Add a stage', earlier: 'Move stage {n} forward', later: 'Move stage {n} back',
    remove: 'Remove stage {n}', base: 'Start', waiting: 'Waiting'
  },
  settingConflict: {
    blockwiseNeedsLora: 'Running block by block trains adapters only: give the LoRA rank a value, or turn it off',
    pixelRange: 'The smallest area of a picture is above the largest',
    recomputeTwice: 'Running block by block computes blocks again anyway: recomputing adds nothing',
    dropoutWithoutLora: 'Dropout acts on adapters only: without a LoRA rank it does nothing',
    visionWithoutTargets: 'The vision tower has no separate query and value layers: it gets no adapters with these targets',
    dualClipTooSmall: 'The dual clip is a bound above 1, or 0 for none: below that it would cut off unchanged tokens',
    sequenceDualClip: 'The ratio of whole paths (GSPO) has no dual clip: set it to 0',
    emptyMiniBatches: 'There are more mini-batches than paths in a batch of rollouts',
    sequenceClipWide: 'Ratios of whole paths stay near 1: GSPO clips at 3e-4 below and 4e-4 above, these ranges will hardly ever clip',
    sequenceAggregation: 'GSPO is defined with every path counting the same: with this aggregation longer paths count more',
    lossLengthUnused: 'The constant length is used by the aggregation constantLength only',
    recomputedOnce: 'With one update per batch the recomputed log-probabilities differ from the update’s own by rounding alone: they only cost time',
    temperatureRatio: 'The objective takes its log-probabilities at temperature 1: paths sampled at another one are not from the policy it assumes',
    lonelyRollout: 'A pair of rollouts takes a group of at least two',
    alteredUnused: 'Of each group of rollouts one pair is made, whatever the pairs per item',
    promptCannotDraw: 'This stage learns drawing paths; the chosen prompt asks for one turn without drawing',
    promptDraws: 'Bare answers are learnt under the prompt “answer”: the chosen prompt asks for drawing',
    formatWithoutKl: 'Without a KL term the format reward of this prompt collapsed in the paper; vsGRPO uses 1e-4'
  },
  setting: {
    learningRate: { name: 'Learning rate', help: 'Peak learning rate' },
    warmupRatio: { name: 'Warm-up share', help: 'Share of the steps spent warming up' },
    minLearningRateRatio: { name: 'Final learning rate share', help: 'The decay ends at this share of the peak' },
    schedule: { name: 'Schedule', help: 'How the rate falls after the warm-up' },
    loraRank: { name: 'LoRA rank', help: 'Train low-rank adapters of this rank beside frozen weights; 0 trains the weights' },
    loraAlpha: { name: 'LoRA alpha', help: 'Adapters count alpha / rank times' },
    loraDropout: { name: 'LoRA dropout', help: 'Share of an adapter’s inputs left out at each step' },
    loraTargets: { name: 'LoRA layers', help: 'Linear layers that get adapters' },
    checkpointEvery: { name: 'Steps between checkpoints', help: '0 = only one at the end' },
    keepCheckpoints: { name: 'Checkpoints kept', help: 'The newest, besides the best one and those in use' },
    weightDecay: { name: 'Weight decay', help: 'Decoupled weight decay on matrices' },
    clipNorm: { name: 'Gradient clip', help: 'Global gradient norm' },
    batchSize: { name: 'Batch size', help: 'Paths per optimizer step' },
    minPixels: { name: 'Least pixels', help: 'Smallest area of a picture in model pixels; 0 = as usual for the model' },
    maxPixels: { name: 'Most pixels', help: 'Largest area of a picture in model pixels; 0 = as usual for the model' },
    trainVision: { name: 'Train vision', help: 'Train the vision tower and merger too, or give them adapters (the paper freezes them)' },
    recompute: { name: 'Recompute blocks', help: 'Keep only what enters each block and compute the rest again going backward: less memory, about a third more time' },
    blockInputs: { name: 'Block inputs', help: 'How the inputs of blocks wait for the backward pass, block by block: float32 in memory, float16 (half the memory, rounded), or a file (exact); auto = memory where it fits, else a file' },
    blockwise: { name: 'Block by block', help: 'Run one block at a time: frozen weights stay float16 on the disk, memory of one block; needs LoRA' },
    epochs: { name: 'Epochs', help: 'Times each path is seen' },
    maskMistakes: { name: 'Mask mistakes', help: 'Leave a scripted mistake out of the loss; its correction always counts' },
    maskRejected: { name: 'Mask rejected steps', help: 'Leave steps that reviewers rejected out of the loss; the other steps of their paths count' },
    learnStop: { name: 'Learn to stop', help: 'Loss also on the closing token' },
    minTeacherSteps: { name: 'Fewest teacher turns', help: 'Shorter paths of an endpoint teacher are left out' },
    samplesPerItem: { name: 'Samples per item', help: 'Paths sampled for each question' },
    items: { name: 'Items', help: 'Questions to sample from; 0 = all training items' },
    keepPerItem: { name: 'Keep per item', help: 'At most this many kept paths per question' },
    temperature: { name: 'Temperature', help: 'Sampling temperature of the rollouts' },
    steps: { name: 'Steps', help: 'Optimizer steps' },
    promptsPerStep: { name: 'Questions per step', help: 'Groups rolled out before each update' },
    groupSize: { name: 'Group size', help: 'Rollouts per question, compared with each other' },
    clipLow: { name: 'Clip low', help: 'Lower bound of the policy ratio: 1 − this' },
    clipHigh: { name: 'Clip high', help: 'Upper bound of the policy ratio: 1 + this' },
    klBeta: { name: 'KL weight', help: 'Weight of the k3 term to the starting policy; 0 = off' },
    rewardScale: { name: 'Reward scale', help: 'sum: correct + format; half: each halved' },
    rewardGate: { name: 'Reward gate', help: 'No reward unless the correctness is above this' },
    advantage: { name: 'Advantage', help: 'grpo: reward minus the group mean over the spread; rloo: minus the mean of the others; drGrpo: minus the mean alone' },
    aggregation: { name: 'Aggregation', help: 'sequenceMean: every path counts the same (the paper); tokenMean: every token does (DAPO); constantLength: a token counts one over a constant (Dr. GRPO)' },
    lossLength: { name: 'Constant length', help: 'Tokens every path counts as under constantLength; 0 = the longest path allowed' },
    ratio: { name: 'Ratio', help: 'token: of each token; sequence: of the whole path, the geometric mean over its tokens (GSPO)' },
    dualClip: { name: 'Dual clip', help: 'Bound of the ratio where the advantage is negative; 0 = off (the released code: 3)' },
    innerSteps: { name: 'Passes per batch', help: 'Passes over each batch of rollouts' },
    miniBatches: { name: 'Updates per pass', help: 'Optimizer steps that a pass is cut into' },
    oldLogProbs: { name: 'Old log-probabilities', help: 'sampled: noted while sampling; recomputed: by the scoring graph before the update' },
    maxResamples: { name: 'Resampling rounds', help: 'Rounds of further questions in place of groups whose rewards are all equal; 0 = off' },
    maskTruncated: { name: 'Mask truncated paths', help: 'Leave paths that hit a length or turn limit out of the loss' },
    balanceTasks: { name: 'Least task share', help: 'Kept paths of rarer tasks are repeated up to this share; 0 = as they come' },
    pairs: { name: 'Pairs', help: 'answers: the right answer against an altered one; paths: the same at the end of a written path; rollouts: the best of a group against its worst' },
    pairsPerItem: { name: 'Pairs per item', help: 'Altered answers per question or path' },
    beta: { name: 'Beta', help: 'How strongly the policy is held to the reference' },
    labelSmoothing: { name: 'Label smoothing', help: 'Share of pairs taken to be the wrong way round' },
    lengthNormalised: { name: 'Per token', help: 'Compare mean log-probabilities per token, not sums' }
  }
}
