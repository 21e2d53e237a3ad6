import { describe, expect, it } from 'vitest'
import { loadDrawStyle } from '#main/image/canvas.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import { editPath, type PathEdit, picturesToDraw } from '#main/rollout/editPath.ts'
import type { EpisodeOptions, PathDraft } from '#main/rollout/episode.ts'
import { parseTurn } from '#main/rollout/parse.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { playScript } from '#main/rollout/script.ts'
import { toolFor, writeAnswerTurn, writeDrawTurn } from '#main/rollout/writeTurn.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { BlobId } from '#shared/domain/ids.ts'
import type { Step } from '#shared/domain/trajectory.ts'

const style = loadDrawStyle('pocket')
const picture: RawImage = { width: 112, height: 112, data: new Uint8Array(112 * 112 * 3).fill(120) }
const options: EpisodeOptions = {
  preset: loadPromptPreset('pocket'), style,
  sampling: { temperature: 0, topP: 1, topK: 0, seed: 0, maxTurnTokens: 1000, maxTotalTokens: 10000, maxTurns: 10, maxImages: 45, repeatTolerance: null },
  smartResize: { minPixels: 784, maxPixels: 784 * 64, patchSize: 14, temporalPatchSize: 2, mergeSize: 2, mean: [0, 0, 0], std: [1, 1, 1], rescaleFactor: 1 / 255 }
}

const box = (imageIndex: number, label: string, x = 10): DrawOp => ({ kind: 'box', imageIndex, box: [x, 10, x + 20, 40], label, space: 'model' })
const line = (imageIndex: number, label: string): DrawOp => ({ kind: 'line', imageIndex, start: [5, 5], end: [60, 60], label, space: 'model' })
const draw = (thought: string, ...ops: DrawOp[]): string => writeDrawTurn(thought, toolFor(ops), ops)

function played(...texts: string[]): PathDraft {
  return playScript({ question: 'How many?', options: null }, [picture], texts.map((text) => ({ text, mistake: false })), options)
}

/** A stored path: the pictures are blobs by now, which an edit never looks at. */
function stored(draft: PathDraft) {
  const image = { blob: BlobId.parse('0'.repeat(64)), width: 112, height: 112, mime: 'image/png', origin: { kind: 'drawn' } } as const
  const steps: Step[] = draft.steps.map((step) => ({ ...step, observations: step.observations.map((observation) => ({ ...observation, image })) }))
  return { ...draft, steps }
}

const path = stored(played(draw('One.', box(1, 'a')), draw('Two.', box(2, 'b', 60)), writeAnswerTurn('Two of them.', '2')))
const indices = (draft: PathDraft) => draft.steps.map(({ observations }) => observations.map(({ sourceIndex, newIndex }) => [sourceIndex, newIndex]))
const labels = (draft: PathDraft) => draft.steps.map(({ observations }) => observations.map(({ shapes }) => shapes.map(({ label }) => label).join()))

describe('editPath', () => {
  it('gives the same path when nothing is changed', () => {
    const same = editPath(path, { steps: [] }, [picture], style)
    const original = played(...path.steps.map(({ text }) => text))
    expect(same).toEqual({ ...original, steps: original.steps.map((step) => ({ ...step, tokens: null })) })
  })

  it('moves a box, in whole pixels, in that step and in every later picture', () => {
    const edited = editPath(path, { steps: [{ index: 0, ops: [{ ...box(1, 'a'), box: [20.4, 11.6, 40, 50] } as DrawOp] }] }, [picture], style)
    const again = played(draw('One.', { ...box(1, 'a'), box: [20, 12, 40, 50] } as DrawOp), path.steps[1]?.text ?? '', path.steps[2]?.text ?? '')
    expect(edited.steps.map(({ text }) => text)).toEqual(again.steps.map(({ text }) => text))
    expect(edited.steps.map(({ observations }) => observations)).toEqual(again.steps.map(({ observations }) => observations))
  })

  it('writes turns that parse back to what they say', () => {
    const ops = [box(1, 'a "quoted"\nlabel'), box(1, '箱')]
    const edited = editPath(path, { steps: [{ index: 0, thought: 'Look again.', ops }] }, [picture], style)
    const parsed = parseTurn(edited.steps[0]?.text ?? '')
    expect(parsed).toMatchObject({ thought: 'Look again.', toolName: 'Object Mapper', operations: ops, problems: [], formatOk: true })
  })

  it('sends later operations back to the source when their picture is gone', () => {
    const edited = editPath(path, { steps: [{ index: 0, ops: [] }] }, [picture], style)
    expect(indices(edited)).toEqual([[], [[1, 2]], []])
    expect(labels(edited)).toEqual([[], ['b'], []])
    expect(edited.steps[0]?.action).toEqual({ kind: 'none' })
    expect(parseTurn(edited.steps[1]?.text ?? '').operations).toMatchObject([{ imageIndex: 1, label: 'b' }])
  })

  it('lets later operations follow their picture when an edit adds one', () => {
    const two = stored(played(draw('One.', box(1, 'a')), draw('Two.', line(2, 'l')), draw('Three.', box(3, 'c')), writeAnswerTurn('', '1')))
    const edited = editPath(two, { steps: [{ index: 1, ops: [box(1, 'new'), line(2, 'l')] }] }, [picture], style)
    expect(indices(edited)).toEqual([[[1, 2]], [[1, 3], [2, 4]], [[4, 5]], []])
    expect(labels(edited)[2]).toEqual(['a,c,l'])
  })

  it('changes the answer, also of a path that never gave one', () => {
    expect(editPath(path, { steps: [], answer: '3' }, [picture], style)).toMatchObject({ answer: '3', finishReason: 'answered', finishStep: 2 })
    const failed = stored(played(draw('One.', box(1, 'a')), 'I do not know'))
    const edited = editPath(failed, { steps: [], answer: '1' }, [picture], style)
    expect(edited).toMatchObject({ answer: '1', finishReason: 'answered', finishStep: 1 })
    expect(parseTurn(edited.steps[1]?.text ?? '').answerText).toBe('1')
  })

  it('refuses steps and images that do not exist', () => {
    expect(() => editPath(path, { steps: [{ index: 9 }] }, [picture], style)).toThrow(expect.objectContaining({ code: 'bad_input' }))
    expect(() => editPath(path, { steps: [{ index: 0, ops: [box(7, 'x')] }] }, [picture], style)).toThrow(expect.objectContaining({ code: 'bad_input' }))
    expect(() => editPath(path, { steps: [] }, [], style)).toThrow(expect.objectContaining({ code: 'bad_input' }))
  })

  it('never touches the source picture', () => {
    editPath(path, { steps: [{ index: 0, ops: [box(1, 'z')] }] }, [picture], style)
    expect(picture.data.every((value) => value === 120)).toBe(true)
  })

  it('ends after an accepted step, without an answer, and only where a model could go on', () => {
    const cut = editPath(path, { steps: [], keepSteps: 1 }, [picture], style)
    expect(cut).toMatchObject({ answer: null, finishReason: 'cut', finishStep: 0 })
    expect(cut.steps.map(({ text }) => text)).toEqual([path.steps[0]?.text])
    expect(indices(cut)).toEqual([[[1, 2]]])
    for (const keepSteps of [0, 3, 4]) expect(() => editPath(path, { steps: [], keepSteps }, [picture], style)).toThrow(`cannot be cut after step ${keepSteps}`)
    expect(() => editPath(stored(cut), { steps: [], answer: '2' }, [picture], style)).toThrow('A cut path has no answer')
    expect(editPath(stored(cut), { steps: [{ index: 0, thought: 'Here.' }] }, [picture], style)).toMatchObject({ finishReason: 'cut', steps: [{ thought: 'Here.' }] })
  })

  it('needs only the pictures that are drawn on, whatever an edit adds or removes before', () => {
    const frames = Array.from({ length: 5 }, () => picture)
    const options5 = { question: 'Where?', options: null }
    const texts = [draw('One.', box(2, 'a')), draw('Two.', box(6, 'b'), box(4, 'c')), writeAnswerTurn('So.', '2')]
    const video = stored(playScript(options5, frames, texts.map((text) => ({ text, mistake: false })), options))
    const edits: PathEdit[] = [
      { steps: [] }, { steps: [{ index: 0, ops: [box(2, 'a'), box(1, 'new')] }] }, { steps: [{ index: 0, ops: [] }] }, { steps: [], keepSteps: 1 },
      { steps: [{ index: 0, ops: [box(2, 'a'), box(1, 'new')] }, { index: 1, ops: [box(7, 'on the new one')] }] }
    ]
    for (const edit of edits) {
      const wanted = picturesToDraw(video, edit)
      expect(wanted.size).toBeLessThan(5)
      const few = frames.map((frame, index) => wanted.has(index + 1) ? frame : undefined)
      expect(editPath(video, edit, few, style)).toEqual(editPath(video, edit, frames, style))
    }
    expect([...picturesToDraw(video, { steps: [] })].sort()).toEqual([2, 4])
  })
})
