import type { ItemId } from '#shared/domain/ids.ts'
import { finding, type PreflightCheck } from '#shared/domain/preflight.ts'
import type { Leakage } from '#shared/domain/similar.ts'
import { countLeaking } from '../store/similar.ts'
import type { Workshop } from './workshop.ts'

/** How long a start waits for items that were not compared yet, in milliseconds; what is left then is told. */
const PATIENCE = 3000

/** How many of the questions a run learns from show a picture of the splits that measure. */
export async function leakageOf({ project, similar }: Workshop, itemIds: readonly ItemId[], stop: AbortSignal): Promise<Leakage> {
  const { pending } = await similar.settled(AbortSignal.any([stop, AbortSignal.timeout(PATIENCE)]))
  return { questions: countLeaking(project, itemIds), pending }
}

/** Never an error: whether a figure measured on known pictures is worth something is for people to say. */
export function leakageCheck({ questions, pending }: Leakage, items: number): PreflightCheck {
  const numbers = { questions, items, pending }
  const found = questions === 0 ? finding('leakageNone', { items }) : finding('leakageFound', { questions, items })
  const message = questions === 0 ? `None of ${items} training questions shows a picture of the held-out splits` : `${questions} of ${items} training questions show pictures of the held-out splits`
  return {
    name: 'leakage', state: questions + pending === 0 ? 'ok' : 'warning', numbers, error: null,
    findings: [found, ...(pending === 0 ? [] : [finding('leakagePending', { pending })])],
    message: pending === 0 ? message : `${message}; ${pending} items have not been compared yet`
  }
}
