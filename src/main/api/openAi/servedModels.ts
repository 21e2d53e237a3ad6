import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { listCheckpoints } from '../../store/checkpoints.ts'
import type { ProjectReader } from '../../store/project.ts'
import { OpenAiError } from './openAiError.ts'

export interface ServedModel {
  /** The checkpoint's name where it is the newest of that name, else its id. */
  readonly id: string
  readonly checkpoint: Checkpoint
}

/** The project's checkpoints as models, newest last. */
export function servedModels(project: ProjectReader): ServedModel[] {
  const checkpoints = listCheckpoints(project)
  const newest = new Map(checkpoints.map((checkpoint) => [checkpoint.name, checkpoint.id]))
  return checkpoints.map((checkpoint) => ({ id: newest.get(checkpoint.name) === checkpoint.id ? checkpoint.name : checkpoint.id, checkpoint }))
}

/** The model a request names: by listed id, by checkpoint id, or `latest`. @throws OpenAiError 404 */
export function modelCalled(project: ProjectReader, name: string): ServedModel {
  const models = servedModels(project)
  const found = models.find(({ id }) => id === name) ?? models.find(({ checkpoint }) => checkpoint.id === name) ?? (name === 'latest' ? models.at(-1) : undefined)
  if (found !== undefined) return found
  throw new OpenAiError(404, `The project has no model "${name}"`, { param: 'model', code: 'model_not_found' })
}

export function modelBody({ id, checkpoint }: ServedModel): object {
  const { createdAt, parameters, family } = checkpoint
  return { id, object: 'model', created: Math.floor(Date.parse(createdAt) / 1000), owned_by: 'sightline', checkpoint: checkpoint.id, parameters, family }
}
