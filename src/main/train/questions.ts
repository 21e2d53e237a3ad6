import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { encodeUserTurn } from '../model/chatTemplate.ts'
import { modelSize, visualTokens } from '../model/processor.ts'
import { renderQuestion } from '../rollout/prompt.ts'
import type { PathEncoder } from './samples.ts'

/**
 * Puts every question into tokens once, before anything runs: its picture placeholders must be as many as its pictures have
 * visual tokens, and every picture must have a model size.
 * @throws SightlineError `bad_input` naming the first item that does not fit
 */
export function checkQuestions(items: readonly DatasetItem[], { encoder }: { readonly encoder: PathEncoder }): void {
  const { tokenizer, processor, preset } = encoder
  for (const item of items) {
    try {
      const sizes = item.images.map(({ width, height }) => modelSize(width, height, processor))
      const imageTokens = item.images.map(({ width, height }) => visualTokens(width, height, processor))
      encodeUserTurn(tokenizer, { system: preset.system, text: renderQuestion(item, sizes, preset), imageTokens, first: true })
    } catch (error) {
      if (!(error instanceof SightlineError)) throw error
      throw new SightlineError(error.code, error.message, {
        where: `item ${item.id}${error.where === undefined ? '' : `: ${error.where}`}`, ...(error.advice === undefined ? {} : { advice: error.advice }), cause: error
      })
    }
  }
}
