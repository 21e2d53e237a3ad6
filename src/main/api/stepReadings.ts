import { join } from 'node:path'
import type { StepReading } from '#shared/contract/editing.ts'
import type { CheckpointId } from '#shared/domain/ids.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { malformedSteps } from '../reward/format.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import type { ProjectReader } from '../store/project.ts'

/** Vocabularies that are kept: those of the two checkpoints looked at last. */
const KEPT = 2

/** What each of a turn's tokens wrote. */
type TokenReader = (ids: readonly number[]) => string[]

/** Says of a path's steps what takes the reward's rules and the checkpoint's vocabulary to know. */
export class StepReader {
  readonly #project: ProjectReader
  readonly #vocabularies = new Map<CheckpointId, Promise<TokenReader>>()

  constructor(project: ProjectReader) {
    this.#project = project
  }

  /** One reading a step. @throws SightlineError `bad_checkpoint` when the tokenizer of the checkpoint cannot be read */
  async read({ origin, prompt, steps, finishReason }: Trajectory): Promise<StepReading[]> {
    const malformed = malformedSteps({ steps }, loadPromptPreset(prompt).turnShape, finishReason !== 'cut')
    const checkpointId = origin.kind === 'model' && steps.some(({ tokens }) => tokens !== null) ? origin.checkpointId : null
    const textsOf = checkpointId === null ? null : await this.#vocabularyOf(checkpointId)
    return steps.map(({ text, tokens }, index) => {
      const texts = textsOf === null || tokens === null ? null : textsOf(tokens.responseIds)
      // A turn of the path this one continues may hold another model's ids.
      return { wellFormed: !malformed.includes(index), tokenTexts: texts?.join('').startsWith(text) === true ? texts : null }
    })
  }

  #vocabularyOf(id: CheckpointId): Promise<TokenReader> {
    const known = this.#vocabularies.get(id) ?? this.#open(id)
    this.#vocabularies.delete(id)
    this.#vocabularies.set(id, known)
    for (const oldest of [...this.#vocabularies.keys()].slice(0, -KEPT)) this.#vocabularies.delete(oldest)
    return known
  }

  async #open(id: CheckpointId): Promise<TokenReader> {
    // Loaded when first asked for: the studio opens without the tokenizer.
    const [{ openTokenBytes }, { textsOf }] = await Promise.all([import('../model/checkpointFolder.ts'), import('../model/tokenizer.ts')])
    const bytes = await openTokenBytes(join(this.#project.folder, getCheckpoint(this.#project, id).folder))
    return (ids) => textsOf(bytes, ids)
  }
}
