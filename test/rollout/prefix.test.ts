import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { blankImage } from '#main/image/rawImage.ts'
import type { PathDraft } from '#main/rollout/episode.ts'
import { rollOut, type RolloutInput } from '#main/rollout/group.ts'
import type { PathPrefix } from '#main/rollout/prefix.ts'
import type { TurnGenerator, TurnRequest, TurnResult } from '#main/rollout/turn.ts'
import { answer, drawing, item, options, turnOf } from './material.ts'

/** Draws on the newest picture or answers, by the turn's seed alone. */
class SeededScript implements TurnGenerator {
  readonly asked: TurnRequest[] = []
  readonly #images = new Map<number, number>()

  async generate(requests: readonly TurnRequest[]): Promise<TurnResult[]> {
    this.asked.push(...requests)
    return requests.map(({ conversation, seed, user, past = [] }) => {
      const shown = [...past.map((turn) => turn.user), user].reduce((sum, { images }) => sum + images.length, this.#images.get(conversation) ?? 0)
      this.#images.set(conversation, shown)
      const random = Random.seeded(seed)
      return turnOf(random.chance(0.3) ? answer : drawing(shown, random.integer(0, 80), `${shown}`))
    })
  }

  close(): void {}
}

const inputs: RolloutInput[] = Array.from({ length: 12 }, (_, groupIndex) => ({ item, images: [blankImage(112, 112)], seed: 7, groupIndex }))

function prefixOf({ steps, modelSizes }: PathDraft, kept: number): PathPrefix {
  return { steps: steps.slice(0, kept), modelSizes }
}

describe('a path that goes on from a prefix', () => {
  it('is the path it was cut from, whichever turn it goes on after', async () => {
    const whole = await rollOut(inputs, new SeededScript(), options, { concurrency: 4 })
    const longest = Math.max(...whole.map(({ steps }) => steps.length))
    expect(longest).toBeGreaterThan(2)
    for (let kept = 1; kept < longest; kept++) {
      const long = whole.flatMap((draft, index) => draft.steps.length > kept ? [{ draft, input: { ...inputs[index] as RolloutInput, prefix: prefixOf(draft, kept) } }] : [])
      const again = await rollOut(long.map(({ input }) => input), new SeededScript(), options, { concurrency: 4 })
      expect(again).toEqual(long.map(({ draft }) => draft))
    }
  })

  it('reads its turns in with the first request only', async () => {
    const [draft] = await rollOut([{ ...inputs[0] as RolloutInput, seed: 3 }], new SeededScript(), options, { concurrency: 1 })
    const generator = new SeededScript()
    const text = drawing(1, 10)
    const step = { ...draft?.steps[0] ?? expect.fail(), text, tokens: null }
    await rollOut([{ ...inputs[0] as RolloutInput, prefix: { steps: [step], modelSizes: [{ width: 112, height: 112 }] } }], generator, options, { concurrency: 1 })
    expect(generator.asked[0]?.past).toEqual([expect.objectContaining({ text, tokens: null })])
    expect(generator.asked.slice(1).every(({ past }) => past === undefined)).toBe(true)
    expect(generator.asked[0]?.user.images).toHaveLength(1)
  })

  it('keeps picture sizes of its own, and says where the path is over', async () => {
    const modelSizes = [{ width: 56, height: 56 }]
    const [draft] = await rollOut(inputs.slice(0, 1).map((input) => ({ ...input, prefix: { steps: [], modelSizes } })), new SeededScript(), options, { concurrency: 1 })
    expect(draft?.modelSizes).toEqual(modelSizes)
    const over = { ...draft?.steps[0] ?? expect.fail(), text: answer }
    await expect(rollOut(inputs.slice(0, 1).map((input) => ({ ...input, prefix: { steps: [over], modelSizes } })), new SeededScript(), options, { concurrency: 1 }))
      .rejects.toMatchObject({ code: 'bad_input', message: expect.stringContaining('step 1') as string })
  })
})
