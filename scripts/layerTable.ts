/**
 * The house's import rules: for each room, the rooms it may import besides itself and `shared`. The one table behind the
 * layer check, the lint rule's messages and the README's diagram.
 */
export const ROOMS: Readonly<Record<string, { readonly may: readonly string[]; readonly holds: string }>> = {
  'shared/domain': { may: [], holds: 'one noun per file: schema and type' },
  'shared/geometry': { may: ['shared/domain'], holds: 'boxes, lines, coordinate spaces, IoU, the one 2-D draw routine' },
  'shared/contract': { may: ['shared/domain'], holds: 'the typed API both sides of every door compile against' },
  'main/image': { may: [], holds: 'decode, encode, draw on pictures' },
  'main/blobs': { may: ['main/image'], holds: 'content-addressed files of a project' },
  'main/onnx': { may: [], holds: 'graph IR, shape inference, writer, verifier' },
  'main/autodiff': { may: ['main/onnx'], holds: 'reverse mode; gradient rules as table rows' },
  'main/runtime': { may: ['main/image', 'main/onnx', 'main/autodiff'], holds: 'onnxruntime sessions, tensors, safetensors' },
  'main/model': { may: ['main/image', 'main/onnx', 'main/autodiff', 'main/runtime'], holds: 'processor, tokenizer, families, policy, decoder' },
  'main/rollout': { may: ['main/image', 'main/runtime', 'main/model'], holds: 'prompt, parse, draw, episode, group' },
  'main/reward': { may: [], holds: 'answer, format, reflection, compose' },
  'main/objective': { may: [], holds: 'losses and advantages as pure functions' },
  'main/train': {
    may: ['main/image', 'main/blobs', 'main/onnx', 'main/autodiff', 'main/runtime', 'main/model', 'main/rollout', 'main/reward', 'main/objective'],
    holds: 'stages, optimizer, schedule, step, checkpoints'
  },
  'main/evaluate': { may: ['main/image', 'main/blobs', 'main/model', 'main/rollout', 'main/reward', 'main/train'], holds: 'held-out scores, metrics, pass@k' },
  'main/engine': {
    may: ['main/image', 'main/blobs', 'main/runtime', 'main/model', 'main/rollout', 'main/reward', 'main/objective', 'main/train', 'main/evaluate'],
    holds: 'the engine process: one job, typed events'
  },
  'main/endpoint': { may: ['main/image', 'main/rollout'], holds: 'teachers behind OpenAI-compatible servers, their keys' },
  'main/store': { may: ['main/image', 'main/blobs'], holds: 'project folder: SQLite, migrations, one file a noun' },
  'main/curate': { may: ['main/store', 'main/reward', 'main/rollout', 'main/endpoint', 'main/image', 'main/blobs'], holds: 'importers, exporters, synthetic tasks, splits' },
  'main/jobs': {
    may: ['main/endpoint', 'main/store', 'main/curate', 'main/blobs', 'main/image', 'main/reward', 'main/engine'],
    holds: 'starts and watches engine processes, stores their events'
  },
  'main/api': {
    may: ['main/endpoint', 'main/jobs', 'main/store', 'main/curate', 'main/blobs', 'main/image', 'main/runtime', 'main/model', 'main/rollout', 'main/reward', 'main/objective', 'main/evaluate'],
    holds: 'contract handlers, one file a channel group'
  },
  'main/serve': { may: ['main/api'], holds: 'door: browser' },
  'main/app': { may: ['main/endpoint', 'main/api'], holds: 'door: Electron window' },
  'main/cli': {
    may: ['main/endpoint', 'main/api', 'main/jobs', 'main/store', 'main/curate', 'main/serve', 'main/reward', 'main/rollout', 'main/model', 'main/image', 'main/evaluate', 'main/onnx', 'main/runtime', 'main/train', 'main/engine', 'main/blobs'],
    holds: 'door: command line'
  },
  preload: { may: [], holds: 'the bridge, a few lines' },
  renderer: { may: [], holds: 'pages, canvas, stores, client' }
}

/** Rooms whose one file may be imported as types where the room itself may not. */
export const TYPES_ONLY: ReadonlySet<string> = new Set(['main/jobs>main/engine', 'renderer>main/api'])

/** Foreign libraries with one owner: only files whose path (below src/) starts with one of these may import them. */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  'onnxruntime-node': ['main/runtime/'],
  electron: ['main/app/', 'preload/'],
  'better-sqlite3': ['main/store/'],
  kysely: ['main/store/'],
  fabric: ['renderer/canvas/'],
  sharp: ['main/image/'],
  '@napi-rs/canvas': ['main/image/'],
  mediabunny: ['main/curate/'],
  '@mediabunny/server': ['main/curate/'],
  '@huggingface/tokenizers': ['main/model/'],
  '@huggingface/jinja': ['main/model/'],
  hono: ['main/api/', 'main/serve/'],
  ws: ['main/serve/'],
  uplot: ['renderer/components/']
}
