import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ItemId } from '#shared/domain/ids.ts'
import type { Sampling } from '#shared/domain/trajectory.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { resourcePath } from '#main/image/resources.ts'
import { Policy } from '#main/model/policy.ts'
import { readStudentLimits } from '#main/rollout/studentLimits.ts'
import type { EpisodeOptions, PathDraft } from '#main/rollout/episode.ts'
import { rollOut, type RolloutInput } from '#main/rollout/group.ts'
import { PolicyTurns } from '#main/rollout/policyTurns.ts'
import type { TurnGenerator, TurnRequest, TurnResult } from '#main/rollout/turn.ts'
import { answer, drawing, options as material } from './material.ts'

const sampling: Sampling = { ...material.sampling, maxTurnTokens: 30, maxTotalTokens: 400, maxTurns: 4, repeatTolerance: null }
let policy: Policy
let options: EpisodeOptions
let inputs: RolloutInput[]

beforeAll(async () => {
  policy = await Policy.open(resourcePath('pocket'), { threads: 1 })
  options = { ...material, sampling, smartResize: await readStudentLimits(resourcePath('pocket')) }
  inputs = [1, 2, 3, 4].flatMap((seed) => {
    const { question, image } = generateItem('maze', seed, 0)
    return Array.from({ length: 3 }, (_, groupIndex) => ({ item: { id: ItemId.parse(`maze${seed}`), question, options: null }, images: [image], seed, groupIndex }))
  })
})
afterAll(async () => { await policy.close() })

const written = (drafts: readonly PathDraft[]): unknown => drafts.map(({ steps, finishReason, answer }) => (
  { finishReason, answer, turns: steps.map(({ tokens }) => ({ prompt: tokens?.promptIds, response: tokens?.responseIds })) }))

/** Turns of the policy, which knows no actions yet, read as drawings or answers by what was sampled. */
class ReadAsActions implements TurnGenerator {
  readonly #turns = new PolicyTurns(policy)

  async generate(requests: readonly TurnRequest[]): Promise<TurnResult[]> {
    const results = await this.#turns.generate(requests, sampling)
    return results.map((result) => {
      const sum = result.responseIds.reduce((a, b) => a + b, 0)
      return { ...result, ending: 'stop', text: sum % 4 === 0 ? answer : drawing(1, sum % 80, `${sum}`) }
    })
  }

  close(conversation: number): void {
    this.#turns.close(conversation)
  }
}

function question(conversation: number, more: Partial<TurnRequest> = {}): TurnRequest {
  const { item, images } = inputs[conversation] as RolloutInput
  return { conversation, user: { system: null, text: `<image>\n${item.question}`, images }, seed: conversation, maxTokens: 40, ...more }
}

describe('turns of a policy', () => {
  it('make the same paths whatever the number in flight', async () => {
    const reference = await rollOut(inputs, new ReadAsActions(), options, { concurrency: 1 })
    expect(new Set(reference.map(({ steps }) => steps.length)).size).toBeGreaterThan(1)
    expect(new Set(reference.map(({ steps }) => steps[0]?.text)).size).toBeGreaterThan(4)
    for (const concurrency of [5, 64]) {
      const other = await rollOut(inputs, new ReadAsActions(), options, { concurrency })
      expect(written(other)).toEqual(written(reference))
      other.forEach(({ steps }, path) => steps.forEach(({ tokens }, step) => tokens?.logProbs.forEach((value, k) => {
        expect(Math.abs(value - (reference[path]?.steps[step]?.tokens?.logProbs[k] ?? Number.NaN))).toBeLessThan(1e-4)
      })))
    }
  })

  it('join a batch under way, under their own rule, and are handed back as they end', async () => {
    const alone: TurnResult[] = []
    for (const conversation of [0, 1, 2]) alone.push(...await new PolicyTurns(policy).generate([question(conversation)], { ...sampling, temperature: conversation === 2 ? 0 : 1 }))
    const turns = new PolicyTurns(policy)
    const ended: number[] = []
    const ask = async (conversation: number, temperature: number, maxTokens: number): Promise<string> => {
      const [result] = await turns.generate([question(conversation, { maxTokens })], { ...sampling, temperature })
      ended.push(conversation)
      return result?.text ?? ''
    }
    const texts = await Promise.all([ask(0, 1, 40), ask(2, 0, 40), ask(1, 1, 3)])
    expect(ended.at(-1)).toBe(2)
    expect(ended).toHaveLength(3)
    expect(texts[0]).toBe(alone[0]?.text)
    expect(texts[1]).toBe(alone[2]?.text)
    expect(alone[1]?.text.startsWith(texts[2] as string)).toBe(true)
  })

  it('share a prompt while a conversation that began with it is open', async () => {
    const turns = new PolicyTurns(policy)
    const fresh = await new PolicyTurns(policy).generate([question(1)], sampling)
    const again = { ...question(1), conversation: 7 }
    await turns.generate([question(1), { ...question(1), conversation: 9, seed: 99 }], sampling)
    turns.close(1)
    expect((await turns.generate([again], sampling))[0]).toEqual(fresh[0])
    turns.close(7)
    turns.close(9)
    expect((await turns.generate([again], sampling))[0]).toEqual(fresh[0])
  })

  it('end at a stop text, which the next prompt closes', async () => {
    const [whole] = await new PolicyTurns(policy).generate([question(0)], sampling)
    const stop = whole?.text.slice(8, 12) as string
    const turns = new PolicyTurns(policy)
    const [cut] = await turns.generate([question(0, { stopTexts: [stop] })], sampling)
    expect(cut?.ending).toBe('stop_text')
    expect(cut?.text.includes(stop)).toBe(true)
    expect(whole?.text.startsWith(cut?.text as string)).toBe(true)
    expect(cut?.responseIds).toEqual(whole?.responseIds.slice(0, cut?.responseIds.length))
    const [next] = await turns.generate([question(0, { user: { system: null, text: 'Go on.', images: [] } })], sampling)
    const { imEnd } = policy.tokenizer.special
    expect(next?.promptIds[0]).toBe(imEnd)
    expect(next?.promptIds.filter((id) => id === imEnd)).toHaveLength(2)
  })

  it('are all refused when a run fails, and written again after it', async () => {
    const turns = new PolicyTurns(policy)
    const known = new PolicyTurns(policy)
    await known.generate([question(0)], sampling)
    await expect(turns.generate([question(0), question(1, { user: { system: 'late', text: '<image> <image>', images: [] } })], sampling)).rejects.toMatchObject({ code: 'bad_input' })
    expect((await turns.generate([question(2)], sampling))[0]?.text).not.toBe('')
  })
})
