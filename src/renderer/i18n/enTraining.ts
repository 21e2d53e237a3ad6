/** The words of training: stages, their settings, the run page. */
export const enTraining = {
  stage: {
    coldStart: { name: 'Cold start', what: 'Learn to draw and answer from teacher paths and accepted corrections.' },
    answerSft: { name: 'Answers only', what: 'Learn the bare answers of the same questions, for comparison.' },
    reflective: { name: 'Reflective sampling', what: 'Sample paths, keep the correct ones that revise themselves, learn from them.' },
    grpo: { name: 'GRPO', what: 'Reinforcement learning: groups of rollouts, rewarded against each other.' }
  },
  train: {
    new: 'New run', empty: 'No training run yet', emptyHint: 'Start a single stage, or let the whole pipeline run: cold start, reflective sampling and GRPO, with an evaluation after each.',
    runs: 'Training runs', run: 'Run', noRuns: 'No runs yet', checkpoint: 'Start from', chooseCheckpoint: 'Choose a checkpoint', stage: 'Stage', preset: 'Preset', ownSettings: 'Own settings', tasks: 'Tasks',
    allTasks: 'All tasks', prompt: 'Prompt', drawStyle: 'Drawing style', settings: 'Settings', stop: 'Stop', resume: 'Resume', paths: 'Rollouts of this run', config: 'What it runs with',
    dataVersion: 'Data version', started: 'Time', step: 'step {n}', stepOf: 'step {n} of {of}', stepAxis: 'step'
  },
  chart: { loss: 'Loss', reward: 'Reward', reflection: 'Reflection rate', accuracy: 'Accuracy' },
  pipeline: {
    open: 'Run the pipeline', running: 'Pipeline is running', title: 'Run the whole pipeline', minutes: 'Minutes, about',
    what: 'Evaluates the embedded model, then runs cold start, reflective sampling and GRPO one after the other with an evaluation after each. It can be stopped at any time and keeps what was finished.'
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
    loraDropout: { name: 'LoRA dropout', help: 'Share of an adapter\'s inputs left out at random while training' },
    weightDecay: { name: 'Weight decay', help: 'Decoupled weight decay on matrices' },
    clipNorm: { name: 'Gradient clip', help: 'Global gradient norm' },
    batchSize: { name: 'Batch size', help: 'Paths per optimizer step' },
    minPixels: { name: 'Least pixels', help: 'Smallest area of a picture in model pixels; 0 = as usual for the model' },
    maxPixels: { name: 'Most pixels', help: 'Largest area of a picture in model pixels; 0 = as usual for the model' },
    trainVision: { name: 'Train vision', help: 'Train the vision tower and merger too, or give them adapters (the paper freezes them)' },
    blockwise: { name: 'Block by block', help: 'Run one block at a time: frozen weights stay float16 on the disk, memory of one block; needs LoRA' },
    recompute: { name: 'Recompute blocks', help: 'Keep only what enters each block and compute the rest again going backward: less memory, about a third more time' },
    epochs: { name: 'Epochs', help: 'Times each path is seen' },
    maskMistakes: { name: 'Mask mistakes', help: 'Leave a scripted mistake out of the loss; its correction always counts' },
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
    rewardGate: { name: 'Reward gate', help: 'No reward unless the correctness is above this' }
  }
}
