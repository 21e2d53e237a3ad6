import type { Generated } from 'kysely'

/** Row types of every table, as migrations/ leave them. Booleans are 0 and 1; `key` is the rowid, which keeps insertion order. */
interface Shape {
  position: number
  kind: 'box' | 'line'
  image_index: number
  x1: number
  y1: number
  x2: number
  y2: number
  label: string
  space: 'source' | 'model' | 'perMille'
}
export type ShapeRow = Shape

interface Media {
  key: Generated<number>
  blob: string
  width: number
  height: number
  mime: string
  origin_kind: string
  origin_name: string
  origin_seconds: number
  origin_decoder: string
}

interface Items {
  key: Generated<number>
  id: string
  content_hash: string
  task: string
  split: string
  data_type: string
  question_type: string
  question: string
  options: string | null
  answer: string
  tags: string
  origin_kind: string
  origin_name: string
  origin_seed: number | null
  origin_index: number
  created_at: string
  version: Generated<number>
  content_version: Generated<number>
  trashed: Generated<number>
}

interface ItemChanges {
  item_key: number
  version: number
  content_version: number
  at: string
  author: string
  kind: 'edit' | 'restore' | 'undo' | 'redo' | 'bulk'
  restored: number | null
  batch_key: number | null
  diff: string
}

interface Trajectories {
  key: Generated<number>
  id: string
  item_key: number
  parent_key: number | null
  origin_kind: 'teacher' | 'model' | 'human'
  origin_name: string | null
  origin_seed: number | null
  checkpoint_id: string | null
  run_id: string | null
  group_index: number | null
  run_step: number | null
  sampling: string | null
  prompt: string
  draw_style: string
  model_sizes: string
  answer: string | null
  finish_reason: string
  finish_step: number
  steps: number
  boxes: number
  lines: number
  response_tokens: number
  created_at: string
  task: string
  superseded: Generated<number>
  correct: Generated<number | null>
  reflective: Generated<number | null>
  verdict: Generated<'accept' | 'reject' | null>
  marked_reflective: Generated<number | null>
  apart: Generated<number>
  item_version: Generated<number>
  evaluation_id: string | null
  prelabel_id: string | null
  well_formed: Generated<number | null>
  revised: number
  problems: number
  confidence: number | null
  all_wrong: Generated<number | null>
  judges: Generated<number>
  disagree: Generated<number>
  commented: Generated<number>
}

interface Steps {
  key: Generated<number>
  trajectory_key: number
  position: number
  text: string
  thought: string
  action_kind: string
  action_tool: string | null
  action_text: string | null
  problems: string
  mistake: number
}

interface Rewards {
  trajectory_key: number
  total: number | null
  correct: number | null
  format: number
  reflective: number
  reference_reflective: number
  extracted_answer: string | null
  explanation: string
}

interface Reviews {
  key: Generated<number>
  id: string
  trajectory_key: number
  reviewer: string
  verdict: 'accept' | 'reject' | null
  reflective: number | null
  comment: string
  revisions: string
  steps: string
  batch: string | null
  created_at: string
}

interface Runs {
  key: Generated<number>
  id: string
  job_id: string | null
  parent_id: string | null
  stage: string
  config: string
  preset: string | null
  prompt: string
  draw_style: string
  tasks: string
  dataset_version_id: string
  start_checkpoint_id: string
  seed: number
  status: string
  step: number
  total_steps: number | null
  error: string | null
  created_at: string
  finished_at: string | null
}

interface Checkpoints {
  key: Generated<number>
  id: string
  name: string
  run_id: string | null
  step: number | null
  folder: string
  hash: string
  family: string
  parameters: number
  created_at: string
  score: number | null
}

interface Jobs {
  key: Generated<number>
  id: string
  kind: string
  title: string
  status: string
  progress: string | null
  error: string | null
  run_id: string | null
  created_at: string
  finished_at: string | null
}

interface Evaluations {
  key: Generated<number>
  id: string
  checkpoint_id: string
  label: string
  split: string
  prompt: string
  draw_style: string
  sampling: string
  created_at: string
}

interface EvaluationScores {
  evaluation_key: number
  position: number
  task: string
  items: number
  accuracy: number | null
  format: number
  reflection_rate: number
  grounding: number | null
  steps: number
  boxes: number
  lines: number
  response_tokens: number
}

interface RunMachine {
  run_id: string
  second: number
  at: number
  processor: number | null
  memory_used: number
  memory: number
  free_disk: number
  engine_processor: number
  engine_resident: number
  engine_device: number
  card: string | null
  card_busy: number | null
  card_used: number | null
  card_memory: number | null
}

export interface Tables {
  project: { id: number; name: string; created_at: string }
  media: Media
  videos: { blob: string; name: string; mime: string; bytes: number }
  items: Items
  item_media: { item_key: number; position: number; media_key: number }
  item_truth: Shape & { item_key: number }
  item_tags: { tag: string; item_key: number }
  item_changes: ItemChanges
  picture_signatures: { key: Generated<number>; blob: string; signature: Uint8Array | null; cluster: number | null }
  item_signatures: { item_key: number; content_version: number; question: string; pictures: string; similar_group: number | null }
  item_batches: { key: Generated<number>; id: string; at: string; author: string; action: string; changed: Generated<number>; undone: Generated<number> }
  trajectories: Trajectories
  steps: Steps
  step_tokens: { step_key: number; prompt_ids: Uint8Array; response_ids: Uint8Array; log_probs: Uint8Array; entropies: Uint8Array }
  operations: Shape & { step_key: number }
  observations: { key: Generated<number>; step_key: number; position: number; source_index: number; new_index: number; media_key: number }
  observation_shapes: Shape & { observation_key: number }
  rewards: Rewards
  reviews: Reviews
  opinions: { trajectory_key: number; reviewer: string; review_key: number; verdict: 'accept' | 'reject' | null; reflective: number | null; commented: number }
  review_batches: { key: Generated<number>; id: string; reviewer: string; action: string; changed: number; undone: number; at: string }
  queue_places: { queue: string; reviewer: string; trajectory_key: number }
  edit_histories: { trajectory_key: number; reviewer: string; history: string }
  dataset_versions: { key: Generated<number>; id: string; name: string; hash: string; item_count: number; trajectory_count: number; created_at: string }
  dataset_version_items: { version_key: number; item_key: number; item_version: Generated<number> }
  dataset_version_trajectories: { version_key: number; trajectory_key: number }
  runs: Runs
  run_steps: { run_id: string; step: number; seconds: number }
  run_machine: RunMachine
  metrics: { run_id: string; step: number; name: string; value: number }
  checkpoints: Checkpoints
  jobs: Jobs
  job_events: { job_id: string; seq: number; at: string; body: string }
  evaluations: Evaluations
  evaluation_scores: EvaluationScores
  prelabels: { key: Generated<number>; id: string; job_id: string; request: string; rate: number | null; created_at: string }
  prelabel_items: { prelabel_key: number; position: number; item_key: number; done: number }
  saved_filters: { key: Generated<number>; name: string; target: 'items' | 'trajectories'; filter: string }
}
