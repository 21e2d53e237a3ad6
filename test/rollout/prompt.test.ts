import { describe, expect, it } from 'vitest'
import { loadPromptPreset, promptPresetNames, renderObservation, renderQuestion } from '#main/rollout/prompt.ts'

const sizes = [{ width: 112, height: 84 }, { width: 56, height: 56 }]
const markers = (text: string): number => text.split('<image>').length - 1

describe('prompts', () => {
  it.each(promptPresetNames())('%s shows every picture once', (name) => {
    const preset = loadPromptPreset(name)
    const asked = renderQuestion({ question: 'How far is <image> it?', options: ['A. <image>1', 'B. 2'] }, sizes, preset)
    expect(markers(asked)).toBe(2)
    expect(asked).toContain('B. 2')
    expect(asked).not.toMatch(/\{(images|question|options|list|index)\}/)
    for (const last of [false, true]) expect(markers(renderObservation([{ index: 3, width: 1, height: 2 }], last, preset))).toBe(1)
  })

  it('the full preset names tools, keys, indices and sizes', () => {
    const preset = loadPromptPreset('vilasr')
    const asked = renderQuestion({ question: 'Q', options: null }, sizes, preset)
    for (const piece of ['Object Mapper', 'Path Tracer', 'bbox_2d', 'start_point_2d', 'end_point_2d', 'label', '<answer>', 'Image 2 (56 x 56 pixels)']) expect(asked).toContain(piece)
    expect(asked).not.toContain('Options')
    expect(renderObservation([{ index: 3, width: 9, height: 8 }], true, preset)).toMatch(/Image 3 \(9 x 8 pixels\)[\s\S]*No more drawing/)
  })

  it('says which presets there are', () => {
    expect(promptPresetNames()).toEqual(expect.arrayContaining(['answer', 'observe', 'pocket', 'think', 'vanilla', 'vilasr']))
    expect(() => loadPromptPreset('none')).toThrow(/called "none"/)
  })
})
