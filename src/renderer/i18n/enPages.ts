/** The words of the pages themselves. */
export const enPages = {
  data: {
    search: 'Search questions', task: 'Task', split: 'Split', dataType: 'Pictures', questionType: 'Answer type', question: 'Question', answer: 'Answer', images: 'Images', paths: 'Paths',
    count: '{n} item | {n} items', import: 'Import', export: 'Export', exportWhat: 'Write what is ticked, or else all in the list, as ViLaSR records with their pictures, to a folder of its own in the project', generate: 'Generate', importSample: 'Import the included real questions',
    empty: 'No questions yet', emptyHint: 'Start with the real photographs and questions that come with the program, generate some with known answers, or import your own records.',
    noMatch: 'Nothing matches', noMatchHint: 'No entry fits all of the chosen filters.',
    chooseOne: 'Choose a question', chooseOneHint: 'Its pictures, its answer and the paths taken to it are shown here.',
    origin: 'Origin', seed: 'Seed', pictures: 'Pictures ({n})', pictureOf: 'Picture {i} of {n}', truth: 'Show ground truth', pathsOf: 'Paths ({n})',
    noPaths: 'No path for this question yet. Let a model write one.'
  },
  import: {
    title: 'Import questions',
    what: 'Choose the folder that holds a record file (JSON or JSONL, ViLaSR form) together with the pictures and videos it names, or choose the files one by one. Good records are taken in; each bad one is reported with its line and reason.',
    folder: 'Choose a folder', files: 'Choose files', chosen: '{n} file, {size} MB | {n} files, {size} MB', records: 'Record file', noRecords: 'None of these files is a .json or .jsonl record file.'
  },
  generate: {
    title: 'Generate questions', generator: 'Kind', count: 'How many', teacher: 'Teacher paths', teacherHelp: 'Also store scripted paths that draw and answer correctly: what a cold start learns from.',
    reflective: 'Reflective share', reflectiveHelp: '{share} of the teacher paths hold one wrong shape that is seen and corrected.'
  },
  rollOut: { temperature: 'Temperature' },
  review: {
    search: 'Search questions and answers', answer: 'Answer', verdict: 'Verdict', count: '{n} path | {n} paths', empty: 'No paths yet',
    emptyHint: 'Generate questions with teacher paths, or let a model write some.', noMatch: 'No path matches',
    chooseOne: 'Choose a path', chooseOneHint: 'Its steps can be looked at and corrected here.', expected: 'Expected', reward: 'Reward', parts: 'correct {correct} + format {format}',
    extracted: 'read as', versions: 'Versions', version: '{n} of {of}', versionName: 'Version {n}', steps: 'Steps', step: 'Step {n}', thought: 'Thought', mistake: 'deliberate mistake',
    tokens: '{n} tokens · log p {logProb} · H {entropy}', tokenHelp: 'Tokens of this step, their mean log-probability and mean entropy in nats', asWritten: 'As written',
    markedByHand: 'Marked by hand', markedBySelf: 'Found by the reflection rule',
    logProbStrip: 'Log-probability of each token: the less likely, the darker', entropyStrip: 'Entropy at each token: the less certain, the darker', tokenAt: 'token {n} of {of}: log p {logProb}, H {entropy}'
  },
  evaluate: {
    new: 'Evaluate', empty: 'No evaluation yet', emptyHint: 'Measure a checkpoint on held-out items; evaluations can then be compared side by side.', baseline: 'Baseline', compare: 'Evaluations to compare',
    evaluation: 'Evaluation', items: 'Items', overall: 'All tasks', label: 'Name', checkpoint: 'Checkpoint', limit: 'Items per task (0 = all)',
    open: 'Open in review'
  },
  metric: { accuracy: 'Accuracy', format: 'Format', grounding: 'Grounding', reflectionRate: 'Reflection', steps: 'Steps', boxes: 'Boxes', lines: 'Lines', responseTokens: 'Tokens' },
  models: {
    count: '{n} checkpoint | {n} checkpoints', empty: 'No model in this project', emptyHint: 'The embedded model is registered when a project is made; training adds checkpoints.', name: 'Name', family: 'Family',
    parameters: 'Parameters', from: 'From', folder: 'Folder', hash: 'Weights SHA-256', made: 'Made', base: 'base model',
    import: 'Import a model', found: 'Found here', path: 'Folder', ownName: 'Name (optional)',
    importWhat: 'A Hugging Face folder of a Qwen2-VL or Qwen2.5-VL model. Everything in it is checked; float weights are linked, bfloat16 weights are converted once, and the log tells what that changed.',
    form: 'Weights', forms: { released: 'as released (16 or 32 bits)', '4bit': 'decoder in 4 bits' },
    formWhat: 'Rounds the linear layers of the decoder to 4 bits, about a quarter of their size; vision tower, norms and embedding stay as they are. Adapters can be trained on it, block by block; the weights themselves cannot. The job tells what rounding lost, by layer and in the logits.',
    importWhere: 'From a browser, only folders in the project\'s inbox and those the server was started with (--models FOLDER) can be imported.',
    parameterParts: '{total}: {text} text, {vision} vision, {embedding} embedding and head',
    text: 'Decoder', textShape: '{layers} layers, width {width}, {heads} heads ({shared} key-value)',
    vision: 'Vision tower', visionShape: '{depth} blocks, width {width}, {heads} heads',
    dtype: 'Stored as', tokenizer: 'Tokenizer', tokenizerSize: '{size} ids, {rows} rows of the embedding', template: 'Chat template', pixelLimits: 'Pixels of a picture',
    templateIs: { own: 'its own, verified', chatml: 'none: plain ChatML' },
    memory: 'Memory needed, of {machine} here', memoryNote: 'Computed from the shapes; the system and other programs need memory too. “Tight” fills more than four fifths.',
    use: 'Use', uses: { rollout: 'Rollouts', lora: 'LoRA', blockwise: 'LoRA block by block', device: 'LoRA block by block, on a graphics card', full: 'Full training' }, fitsHere: 'Fits here', fits: { yes: 'Yes', tight: 'Tight', no: 'No' }, card: 'A card of {size}', inFile: 'inputs of blocks in a file',
    part: { weights: 'Weights', gradients: 'Gradients', moments: 'Moments', activations: 'Activations', cache: 'Cache', total: 'Total' },
    load: { batch: 'Sequences at once', tokens: 'Tokens each', images: 'Pictures each', pixels: 'Pixels a picture', rank: 'LoRA rank' }
  }
}
