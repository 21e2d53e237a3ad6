import { describe, expect, it } from 'vitest'
import { ItemId } from '#shared/domain/ids.ts'
import { Random } from '#shared/domain/random.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { rollOut, type RolloutInput } from '#main/rollout/group.ts'
import type { TurnGenerator, TurnRequest, TurnResult } from '#main/rollout/turn.ts'
import { answer, drawing, item, options, turnOf } from './material.ts'

/** A policy whose every turn depends on nothing but its request's seed. */
class SeededScript implements TurnGenerator {
  readonly asked: TurnRequest[] = []
  /** Conversations whose turns were under way when each turn was asked for. */
  readonly beside: number[][] = []
  readonly closed: number[] = []
  readonly #images = new Map<number, number>()
  readonly #open = new Set<number>()

  async generate(requests: readonly TurnRequest[]): Promise<TurnResult[]> {
    this.asked.push(...requests)
    this.beside.push([...this.#open])
    for (const { conversation } of requests) this.#open.add(conversation)
    // Turns of different lengths: those asked for later may come back first.
    for (let tick = 0; tick < 1 + ((requests[0]?.seed ?? 0) % 5); tick++) await Promise.resolve()
    for (const { conversation } of requests) this.#open.delete(conversation)
    return requests.map(({ conversation, seed, user }) => {
      const images = (this.#images.get(conversation) ?? 0) + user.images.length
      this.#images.set(conversation, images)
      const random = Random.seeded(seed)
      return turnOf(random.chance(0.4) ? answer : drawing(images, random.integer(0, 80), `${images}`))
    })
  }

  close(conversation: number): void {
    this.closed.push(conversation)
  }
}

const inputs: RolloutInput[] = Array.from({ length: 12 }, (_, i) => ({
  item: { ...item, id: ItemId.parse(`item${Math.floor(i / 4)}`) }, images: [blankImage(112, 112)], seed: 7, groupIndex: i % 4
}))

describe('rollOut', () => {
  it('gives the same paths in the same order whatever the concurrency', async () => {
    const reference = await rollOut(inputs, new SeededScript(), options, { concurrency: 12 })
    expect(new Set(reference.map(({ steps }) => steps.length)).size).toBeGreaterThan(1)
    for (const concurrency of [1, 3, 5]) expect(await rollOut(inputs, new SeededScript(), options, { concurrency })).toEqual(reference)
  })

  it('keeps as many in flight as are allowed, and closes what ended', async () => {
    const generator = new SeededScript()
    const ended: number[] = []
    await rollOut(inputs, generator, options, { concurrency: 4, onPath: (_, index) => ended.push(index) })
    expect(generator.asked.slice(0, 4).map(({ conversation }) => conversation)).toEqual([0, 1, 2, 3])
    expect(Math.max(...generator.beside.map((open) => open.length))).toBe(3)
    // A path goes on as soon as its own turn has come back, while others are at an earlier one.
    const turnsBefore = (position: number, conversation: number): number =>
      generator.asked.slice(0, position).filter((request) => request.conversation === conversation).length
    expect(generator.asked.some(({ conversation }, position) => (
      generator.beside[position]?.some((other) => turnsBefore(position, conversation) >= turnsBefore(position, other)) && turnsBefore(position, conversation) > 0))).toBe(true)
    expect(ended.toSorted((a, b) => a - b)).toEqual(inputs.map((_, index) => index))
    expect(generator.closed.toSorted((a, b) => a - b)).toEqual(inputs.map((_, index) => index))
  })

  it('asks for turns that end where the prompt preset says so', async () => {
    for (const stopTexts of [[], ['</answer>']]) {
      const generator = new SeededScript()
      await rollOut(inputs.slice(0, 1), generator, { ...options, preset: { ...options.preset, stopTexts } }, { concurrency: 1 })
      expect(generator.asked.map((request) => request.stopTexts ?? [])).toEqual(generator.asked.map(() => stopTexts))
    }
  })

  it('stops between turns, after handing over what ended', async () => {
    const generator = new SeededScript()
    const stop = new AbortController()
    const ended: number[] = []
    const rolling = rollOut(inputs, generator, options, {
      concurrency: 2,
      signal: stop.signal,
      onPath: (_, index) => {
        ended.push(index)
        if (ended.length === 3) stop.abort()
      }
    })
    await expect(rolling).rejects.toMatchObject({ code: 'cancelled' })
    expect(ended.length).toBeGreaterThanOrEqual(3)
    expect(ended.length).toBeLessThan(inputs.length)
    expect(generator.closed).toEqual(expect.arrayContaining(ended))
  })
})
