import { describe, expect, it } from 'vitest'
import type { FinishReason } from '#shared/domain/trajectory.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { formatScore } from '#main/reward/format.ts'
import { advance, finishedPath, startEpisode, type EpisodeOptions, type PathDraft } from '#main/rollout/episode.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { toTrajectory } from '#main/rollout/record.ts'
import { playScript } from '#main/rollout/script.ts'
import type { TurnResult } from '#main/rollout/turn.ts'
import { answer, drawing, item, options, sampling, turnOf } from './material.ts'

const images = [blankImage(112, 112, [200, 200, 200])]

function play(texts: readonly (string | Partial<TurnResult>)[], changed: Partial<EpisodeOptions> = {}): PathDraft {
  let { episode } = startEpisode(item, images, { ...options, ...changed })
  for (const given of texts) episode = advance(episode, turnOf(given)).episode
  return finishedPath(episode)
}

describe('an episode', () => {
  it('takes a turn that ended at a stop text as a whole one', () => {
    const cut = (text: string): Partial<TurnResult> => ({ text, ending: 'stop_text' })
    expect(play([cut(drawing(1, 14)), cut(answer)])).toEqual(play([drawing(1, 14), answer]))
    expect(play([cut('<think> no more')]).finishReason).toBe('no_action')
  })

  it('asks, draws, shows the drawing and ends with the answer', () => {
    const started = startEpisode(item, images, options)
    expect(started.next).toMatchObject({ system: null, text: '<image>\nWhich letter?\nA. left B. right' })
    const drawn = advance(started.episode, turnOf(drawing(1, 14)))
    expect(drawn.next?.text).toBe('<image>\nImage 2. Go on.')
    expect(drawn.next?.images[0]?.data).not.toEqual(images[0]?.data)
    const draft = play([drawing(1, 14), drawing(2, 42, '2'), answer])
    expect(draft).toMatchObject({ answer: 'B', finishReason: 'answered', finishStep: 2, modelSizes: [{ width: 112, height: 112 }] })
    expect(draft.steps[1]?.observations[0]).toMatchObject({ sourceIndex: 2, newIndex: 3, shapes: [{ label: '1' }, { label: '2' }] })
    expect(draft.steps.map(({ action }) => action.kind)).toEqual(['draw', 'draw', 'answer'])
  })

  it('brings given pictures to model size and draws in model pixels', () => {
    const { episode, next } = startEpisode(item, [blankImage(200, 100)], options)
    expect(next.images[0]).toMatchObject({ width: 140, height: 56 })
    expect(episode.given[0]).toMatchObject({ width: 140, height: 56 })
  })

  it.each<[FinishReason, (string | Partial<TurnResult>)[], Partial<EpisodeOptions>]>([
    ['answered', [answer], {}],
    ['no_action', ['<think> hm </think> Action: Answer\nB'], {}],
    ['no_action', [`<think> </think> Action: Object Mapper\n\`\`\`json\n[{"index": 1, "point_2d": [1, 2], "label": "a"}]\n\`\`\``], {}],
    ['bad_action', [drawing(1, 14), drawing(3, 14)], {}],
    ['bad_action', [`<think> </think> Action: Object Mapper\n\`\`\`json\n[1, 2].map(x)\n\`\`\``], {}],
    ['too_many_images', [drawing(1, 14), drawing(2, 42)], { sampling: { ...sampling, maxImages: 2 } }],
    ['too_many_turns', [drawing(1, 0), drawing(2, 20), drawing(3, 40), drawing(4, 60)], {}],
    ['too_many_turns', [drawing(1, 0)], { preset: loadPromptPreset('answer') }],
    ['repeated_action', [drawing(1, 14), drawing(2, 15, 'other')], {}],
    ['turn_length', [{ text: '<think> <answer> B </answer>', ending: 'turn_length' }], {}],
    ['total_length', [drawing(1, 14), { ending: 'total_length' }], {}]
  ])('can end as %s (case %#)', (reason, texts, changed) => {
    const draft = play(texts, changed)
    expect(draft.finishReason).toBe(reason)
    expect(draft.finishStep).toBe(texts.length - 1)
    expect(draft.answer).toBe(reason === 'answered' ? 'B' : null)
  })

  it('keeps what went wrong in the step', () => {
    const problems = (draft: PathDraft): string[] => draft.steps.flatMap((step) => step.problems.map(({ kind }) => kind))
    expect(problems(play(['no action']))).toEqual(['no_action'])
    expect(problems(play([drawing(7, 1)]))).toEqual(['missing_image'])
    expect(problems(play([drawing(1, 100), answer]))).toEqual(['outside_image'])
    expect(problems(play([drawing(1, 14), drawing(1, 14)]))).toEqual(['repeated_action'])
  })

  it('does not call a line two pixels off a repeat, nor any when the rule is off', () => {
    expect(play([drawing(1, 14), drawing(2, 16), answer]).finishReason).toBe('answered')
    expect(play([drawing(1, 14), drawing(2, 14), answer], { sampling: { ...sampling, repeatTolerance: null } }).finishReason).toBe('answered')
  })

  it('asks for the answer on the last turn', () => {
    const { episode } = startEpisode(item, images, { ...options, sampling: { ...sampling, maxTurns: 2 } })
    expect(advance(episode, turnOf(drawing(1, 14))).next?.text).toBe('<image>\nImage 2. Answer now.')
  })

  it('takes bare words as the answer where the preset asks for no tags', () => {
    expect(play(['B'], { preset: loadPromptPreset('vanilla') })).toMatchObject({ answer: 'B', finishReason: 'answered' })
  })

  it.each([
    ['think', '<think> the left one </think> <answer> B </answer>'], ['pocket-think', '<think> the left one </think> <answer> B </answer>'],
    ['observe', '<observe> two cups </observe> <answer> B </answer>'], ['pocket-observe', '<observe> two cups </observe> <answer> B </answer>']
  ])('ends in one turn without tools under %s, with its form earned', (name, text) => {
    const preset = loadPromptPreset(name)
    const path = play([text], { preset })
    expect(path).toMatchObject({ answer: 'B', finishReason: 'answered', finishStep: 0 })
    expect(formatScore(path, preset.turnShape)).toBe(1)
    expect(formatScore(play(['<answer> B </answer>'], { preset }), preset.turnShape)).toBe(0)
    expect(play([drawing(1, 14)], { preset }).finishReason).toBe('too_many_turns')
  })
})

describe('scripts and records', () => {
  it('play a teacher like a model, mistakes marked, without tokens', () => {
    const draft = playScript(item, images, [{ text: drawing(1, 14), mistake: true }, { text: drawing(2, 42), mistake: false }, { text: answer, mistake: false }], options)
    expect(draft.steps.map(({ mistake, tokens }) => [mistake, tokens])).toEqual([[true, null], [false, null], [false, null]])
    expect(() => playScript(item, images, [{ text: drawing(1, 14), mistake: false }], options)).toThrow(/no end/)
    expect(() => playScript(item, images, [{ text: answer, mistake: false }, { text: answer, mistake: false }], options)).toThrow(/ended \(answered\) before turn 2/)
  })

  it('become trajectories whose pictures are stored exactly as shown', async () => {
    const stored: Uint8Array[] = []
    const draft = play([drawing(1, 14), answer])
    const trajectory = await toTrajectory(draft, {
      item, prompt: 'pocket', drawStyle: 'pocket', origin: { kind: 'teacher', teacher: 'maze', seed: 1 },
      putImage: async (raw) => {
        stored.push(raw.data)
        return await Promise.resolve({ blob: 'a'.repeat(64) as never, width: raw.width, height: raw.height, mime: 'image/png' as const, origin: { kind: 'drawn' as const } })
      }
    })
    expect(stored).toEqual([draft.steps[0]?.observations[0]?.image.data])
    expect(trajectory).toMatchObject({ itemId: 'item1', answer: 'B', finishReason: 'answered', steps: [{ observations: [{ image: { mime: 'image/png' } }] }, {}] })
  })
})
