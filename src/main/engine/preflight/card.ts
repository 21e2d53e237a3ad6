import { finding, type PreflightCheck, type PreflightFinding } from '#shared/domain/preflight.ts'
import type { StageConfig } from '#shared/domain/trainingRun.ts'
import type { DescribedModel } from '../../model/modelFacts.ts'
import type { RunLoad } from './load.ts'
import { boundsOf, gigabytes, numbersOf } from './memory.ts'

/** Share of a card's memory that a program can have. */
const CARD_SHARE = 0.9

/**
 * What a run needs on the graphics card, which holds weights, optimizer state, activations and caches of a run that goes there. Only a warning: the plan is an upper
 * estimate, and a card that runs out of memory ends a run in a state it can be resumed from.
 * @param cardBytes memory of the card; null where the system does not tell
 */
export function cardCheck(settings: StageConfig, described: DescribedModel, load: RunLoad, machineBytes: number, cardBytes: number | null): PreflightCheck {
  const { least, most } = boundsOf(settings, described, load, machineBytes, 'card')
  const numbers = { ...numbersOf(least, most), ...(cardBytes === null ? {} : { cardBytes }) }
  const bounds = least.total === most.total ? gigabytes(most.total) : `${gigabytes(least.total)} to ${gigabytes(most.total)}`
  const needs = finding(least.total === most.total ? 'cardNeeds' : 'cardBounds', numbers)
  const told = (state: PreflightCheck['state'], words: string, findings: PreflightFinding[]): PreflightCheck => (
    { name: 'card', state, message: `About ${bounds} GB on the graphics card${words}`, numbers, findings: [needs, ...findings], error: null }
  )
  if (cardBytes === null) return told('ok', '; this system does not tell how much it has', [finding('cardUntold')])
  const has = `, which has ${gigabytes(cardBytes)} GB`
  if (least.total > cardBytes) return told('warning', `${has}: too little`, [finding('cardShort', numbers), finding('cardAdvice')])
  return most.total > CARD_SHARE * cardBytes ? told('warning', `${has}: it may not be enough`, [finding('cardTight', numbers), finding('cardAdvice')]) : told('ok', has, [finding('cardFits', numbers)])
}
