import type { Selectable } from 'kysely'
import { EvaluationRun, type TaskScore } from '#shared/domain/evaluation.ts'
import type { CheckpointId, EvaluationId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

/** Where the mean over tasks is kept among an evaluation's scores. */
const OVERALL = -1

/** Stores an evaluation with all its scores. Throws `not_found` for an unknown checkpoint. */
export function insertEvaluation(project: ProjectWriter, evaluation: EvaluationRun): void {
  project.transaction(() => {
    const key = project.insert('evaluations', {
      id: evaluation.id, checkpoint_id: evaluation.checkpointId, label: evaluation.label, split: evaluation.split, prompt: evaluation.prompt,
      draw_style: evaluation.drawStyle, sampling: JSON.stringify(evaluation.sampling), created_at: evaluation.createdAt
    })
    project.insert('evaluation_scores', scoreRow(key, OVERALL, evaluation.overall))
    evaluation.scores.forEach((score, position) => project.insert('evaluation_scores', scoreRow(key, position, score)))
  })
}

/** Throws `not_found`. */
export function getEvaluation(project: ProjectReader, id: EvaluationId): EvaluationRun {
  const row = project.first(sqlite.selectFrom('evaluations').selectAll().where('id', '=', id))
  return evaluationOf(project, required(row, 'evaluation', id))
}

/** Evaluations, oldest first; of one checkpoint or of all. */
export function listEvaluations(project: ProjectReader, options: { checkpointId?: CheckpointId } = {}): EvaluationRun[] {
  const { checkpointId } = options
  const query = sqlite.selectFrom('evaluations').selectAll().orderBy('key')
    .$if(checkpointId !== undefined, (all) => all.where('checkpoint_id', '=', checkpointId ?? ''))
  return project.all(query).map((row) => evaluationOf(project, row))
}

function scoreRow(key: number, position: number, score: TaskScore): Tables['evaluation_scores'] {
  const { task, items, accuracy, format, reflectionRate, grounding, steps, boxes, lines, responseTokens } = score
  return { evaluation_key: key, position, task, items, accuracy, format, reflection_rate: reflectionRate, grounding, steps, boxes, lines, response_tokens: responseTokens }
}

function evaluationOf(project: ProjectReader, row: Selectable<Tables['evaluations']>): EvaluationRun {
  const rows = project.all(sqlite.selectFrom('evaluation_scores').selectAll().where('evaluation_key', '=', row.key).orderBy('position'))
  const scores = rows.map((score) => ({
    position: score.position, task: score.task, items: score.items, accuracy: score.accuracy, format: score.format, reflectionRate: score.reflection_rate,
    grounding: score.grounding, steps: score.steps, boxes: score.boxes, lines: score.lines, responseTokens: score.response_tokens
  }))
  const { id, label, split, prompt } = row
  return decode(EvaluationRun, {
    id, checkpointId: row.checkpoint_id, label, split, prompt, drawStyle: row.draw_style, sampling: json(row.sampling),
    scores: scores.filter(({ position }) => position !== OVERALL), overall: scores.find(({ position }) => position === OVERALL), createdAt: row.created_at
  }, `evaluation ${id}`)
}
