/** The words of endpoints and of what jobs report at their end. */
export const enTeaching = {
  endpoints: {
    title: 'Endpoints', panelWhat: 'Models on servers that speak OpenAI\u2019s protocol; they can write teacher paths.', none: 'No endpoint yet.', add: 'Add an endpoint', change: 'Change', save: 'Save', notSaved: 'The endpoint was not saved',
    notRead: 'Could not read the endpoints', what: 'Any server with an OpenAI-compatible chat interface and a model that sees pictures.', name: 'Name', model: 'Model', url: 'Base address, up to /v1', key: 'API key',
    keyNone: 'none', keyKept: 'kept', keyAgain: 'Type the key again', keyHelp: 'Kept in the system\u2019s key store or in a file only you can read; never in a project, never in a log, never shown again.',
    parallelism: 'Requests at once', retries: 'Further tries', timeout: 'Seconds for a request', tokenLimit: 'Name of the reply limit', priced: 'Count the cost', pricePrompt: 'Price of a million prompt tokens',
    priceCompletion: 'Price of a million reply tokens', price: 'Price in / out', actions: 'Actions', test: 'Test', remove: 'Remove', removeSure: 'Remove {name} and its key? Paths it wrote stay.', notRemoved: 'The endpoint was not removed',
    answers: 'Answers, and serves {model}', otherModels: 'Answers, but names no model {model}. It serves: {models}'
  },
  summary: {
    paths: 'paths', items: 'questions', promptTokens: 'prompt tokens', completionTokens: 'reply tokens', cost: 'cost', changed: 'changed', undone: 'taken back', left: 'changed since, left', frozen: 'kept for frozen data', megabytes: 'MB freed', imported: 'new', duplicates: 'already here', refused: 'refused', pictures: 'pictures', folder: 'in the folder', steps: 'steps',
    sampled: 'sampled', reward: 'reward', loss: 'loss', stages: 'stages', checkpoint: 'checkpoint', accuracy: 'accuracy', correct: 'right', rollouts: 'rollouts',
    parameters: 'parameters', weights: 'weights', converted: 'converted', maxError: 'largest error', overflowed: 'beyond half precision', underflowed: 'became zero',
    quantized: 'matrices in 4 bits', weightError: 'largest relative error of a matrix', logitError: 'mean error of logits', largestLogitError: 'largest error of logits', meanKl: 'KL a token (nats)', sameTop: 'same most likely token'
  }
}
