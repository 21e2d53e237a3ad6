import { describe, expect, it } from 'vitest'
import { bindingOf, conflictsOf, KEYMAP, keysOf, printedKey, shortcutsOf } from '../../src/renderer/keymap.ts'

const pressed = (key: string, code: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) =>
  ({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })

describe('the table of keys', () => {
  it('gives no key to two actions', () => {
    expect([...conflictsOf({})]).toEqual([])
  })

  it('lets own keys stand for those of the table, and tells what clashes then', () => {
    const own = { 'canvas.toolBox': ['F4'], 'review.accept': ['V'] }
    expect(keysOf('canvas', 'toolBox', own)).toEqual(['F4'])
    expect(keysOf('canvas', 'toolLine', own)).toEqual(KEYMAP.canvas.toolLine)
    expect([...conflictsOf(own)]).toEqual([['v', ['canvas.toolSelect', 'review.accept']]])
    expect(shortcutsOf('canvas', own).find(({ action }) => action === 'toolBox')).toMatchObject({ changed: true, fixed: false })
    expect(shortcutsOf('canvas', own).find(({ action }) => action === 'nudge')).toMatchObject({ changed: false, fixed: true })
  })
})

it('tells a key that two pages use only where one of them is everywhere', () => {
  expect([...conflictsOf({ 'data.tick': ['r'] })]).toEqual([])
  expect([...conflictsOf({ 'data.tick': ['Alt+Digit1'] })]).toEqual([['alt+digit1', ['global.page1', 'data.tick']]])
})

describe('a pressed key', () => {
  it.each([
    [pressed('b', 'KeyB'), 'b'], [pressed('B', 'KeyB', { shiftKey: true }), 'Shift+b'], [pressed('z', 'KeyZ', { ctrlKey: true }), '$mod+z'],
    [pressed('ArrowUp', 'ArrowUp', { ctrlKey: true, shiftKey: true }), '$mod+Shift+ArrowUp'], [pressed('1', 'Digit1', { altKey: true }), 'Alt+Digit1'],
    [pressed('?', 'Slash', { shiftKey: true }), 'Shift+?'], [pressed('+', 'Equal', { shiftKey: true }), 'Shift+Equal'], [pressed(' ', 'Space'), 'Space'], [pressed('F2', 'F2'), 'F2']
  ])('becomes a binding', (event, binding) => {
    expect(bindingOf(event, false)).toBe(binding)
  })

  it('is none while only a modifier is down', () => {
    expect(bindingOf(pressed('Control', 'ControlLeft', { ctrlKey: true }), false)).toBeNull()
  })

  it('means Command on a Mac', () => {
    expect(bindingOf(pressed('z', 'KeyZ', { metaKey: true }), true)).toBe('$mod+z')
    expect(printedKey('$mod+z', true)).toEqual(['⌘', 'Z'])
  })
})
