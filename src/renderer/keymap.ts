import { tinykeys } from 'tinykeys'
import { computed, onScopeDispose, watch } from 'vue'
import { usePreferences } from './stores/preferences.ts'

/** Every shortcut of the studio in one table: the bindings, the "?" sheet and its editor read it. `$mod` is Ctrl, on a Mac Command. */
export const KEYMAP = {
  global: {
    'page1': ['Alt+Digit1'], 'page2': ['Alt+Digit2'], 'page3': ['Alt+Digit3'], 'page4': ['Alt+Digit4'], 'page5': ['Alt+Digit5'],
    'help': ['Shift+?'], 'prelabel': ['Shift+p']
  },
  data: {
    'tick': ['Shift+s'], 'tickAll': ['$mod+a'], 'trash': ['Shift+Delete']
  },
  canvas: {
    'toolSelect': ['v'], 'toolBox': ['r'], 'toolLine': ['l'], 'toolPan': ['h'], 'addBox': ['Shift+r'], 'addLine': ['Shift+l'],
    'cancel': ['Escape'], 'remove': ['Delete', 'Backspace'], 'duplicate': ['$mod+d'], 'relabel': ['F2'], 'pick': ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    'undo': ['$mod+z'], 'redo': ['$mod+Shift+z', '$mod+y'],
    'nextShape': ['n'], 'previousShape': ['p'], 'alsoNext': ['Alt+KeyN'], 'alsoPrevious': ['Alt+KeyP'], 'chooseAll': ['$mod+a'], 'earlier': ['$mod+['], 'later': ['$mod+]'], 'clip': ['c'],
    'nudge': ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
    'nudge10': ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'],
    'resize': ['$mod+Shift+ArrowLeft', '$mod+Shift+ArrowRight', '$mod+Shift+ArrowUp', '$mod+Shift+ArrowDown'],
    'panView': ['$mod+ArrowLeft', '$mod+ArrowRight', '$mod+ArrowUp', '$mod+ArrowDown'],
    'fit': ['f'], 'actualSize': ['0'], 'zoomIn': ['Equal', 'Shift+Equal'], 'zoomOut': ['Minus'],
    'snapping': ['g'], 'crosshair': ['i'], 'magnifier': ['z'], 'minimap': ['Shift+m'], 'onlyStep': ['o'], 'modelLayer': ['Shift+a'], 'humanLayer': ['Shift+h'], 'modelView': ['Shift+v'], 'sideBySide': ['t'],
    'nextPicture': ['.'], 'previousPicture': [',']
  },
  review: {
    'accept': ['a', '$mod+Enter'], 'reject': ['x'], 'skip': ['s'], 'previous': ['w'], 'markReflective': ['m'], 'acceptUpTo': ['e'], 'acceptStep': ['q'], 'rejectStep': ['d'],
    'nextStep': ['j', ']'], 'previousStep': ['k', '['], 'nextRevision': ['Shift+n'], 'confirmRevision': ['y'], 'refuseRevision': ['u']
  }
} as const satisfies Record<string, Record<string, readonly string[]>>

export type Scope = keyof typeof KEYMAP
export type ActionOf<S extends Scope> = keyof (typeof KEYMAP)[S]

/** Actions whose keys say which way or which one: these stay as they are. */
const FIXED: ReadonlySet<string> = new Set(['canvas.pick', 'canvas.nudge', 'canvas.nudge10', 'canvas.resize', 'canvas.panView'])

export interface Shortcut { readonly scope: Scope; readonly action: string; readonly keys: readonly string[]; readonly fixed: boolean; readonly changed: boolean }

/**
 * Binds some actions of a scope while the calling component lives, and anew when the user changes their keys. Keys typed into
 * fields and dialogs are left alone.
 * @param when asked at each key press; false leaves the key to the browser
 */
export function useKeys<S extends Scope>(scope: S, actions: Partial<Record<ActionOf<S>, (event: KeyboardEvent) => void>>, when: () => boolean = () => true): void {
  const preferences = usePreferences()
  let release = (): void => {}
  watch(() => preferences.keys, (own) => {
    release()
    const bindings: Record<string, (event: KeyboardEvent) => void> = {}
    for (const [action, run] of Object.entries<((event: KeyboardEvent) => void) | undefined>(actions)) {
      if (run === undefined) continue
      for (const key of keysOf(scope, action, own)) {
        bindings[key] = (event) => {
          if (!when() || isTyping(event.target)) return
          event.preventDefault()
          run(event)
        }
      }
    }
    release = tinykeys(window, bindings, { ignore: () => false })
  }, { immediate: true })
  onScopeDispose(() => { release() })
}

/** The keys of an action: the user's own, else those of the table. */
export function keysOf(scope: Scope, action: string, own: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const actions: Readonly<Record<string, readonly string[]>> = KEYMAP[scope]
  return own[`${scope}.${action}`] ?? actions[action] ?? []
}

export function shortcutsOf(scope: Scope, own: Readonly<Record<string, readonly string[]>>): Shortcut[] {
  return Object.keys(KEYMAP[scope]).map((action) => {
    const name = `${scope}.${action}`
    return { scope, action, keys: keysOf(scope, action, own), fixed: FIXED.has(name), changed: own[name] !== undefined }
  })
}

/** Keys that more than one action of a page would answer to, each with those actions as `scope.action`. */
export function conflictsOf(own: Readonly<Record<string, readonly string[]>>): Map<string, string[]> {
  const users = new Map<string, { scope: Scope; name: string }[]>()
  for (const scope of Object.keys(KEYMAP) as Scope[]) {
    for (const { action, keys } of shortcutsOf(scope, own)) {
      for (const key of keys) users.set(key.toLowerCase(), [...users.get(key.toLowerCase()) ?? [], { scope, name: `${scope}.${action}` }])
    }
  }
  const clashing = [...users].map(([key, all]) => [key, all.filter((one) => all.some((other) => other !== one && meet(one.scope, other.scope)))] as const)
  return new Map(clashing.filter(([, actions]) => actions.length > 0).map(([key, actions]) => [key, actions.map(({ name }) => name)]))
}

/** Whether two scopes can be live on one page: the list of items and the canvas are on different ones. */
function meet(a: Scope, b: Scope): boolean {
  return a === b || a === 'global' || b === 'global' || (a !== 'data' && b !== 'data')
}

/** The first key of an action as it is printed on a button, following the user's own keys. */
export function usePrintedKeys(): (scope: Scope, action: string) => string {
  const preferences = usePreferences()
  const isMac = navigator.userAgent.includes('Mac')
  const own = computed(() => preferences.keys)
  return (scope, action) => printedKey(keysOf(scope, action, own.value)[0] ?? '', isMac).join('+')
}

/** How a binding is printed on the sheet, e.g. `$mod+Shift+z` as Ctrl, Shift, Z. */
export function printedKey(binding: string, isMac: boolean): string[] {
  const names: Readonly<Record<string, string>> = {
    $mod: isMac ? '⌘' : 'Ctrl', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Slash: '?', Equal: '+', Minus: '-'
  }
  return binding.split('+').map((part) => names[part] ?? part.replace(/^(Digit|Key)/, '').replace(/^(.)$/, (letter) => letter.toUpperCase()))
}

/** The binding a pressed key would be; null while only modifiers are down. */
export function bindingOf(event: Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>, isMac: boolean): string | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph'].includes(event.key)) return null
  const held = [(isMac ? event.metaKey : event.ctrlKey) && '$mod', event.altKey && 'Alt', event.shiftKey && 'Shift'].filter((part) => part !== false)
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]
  const spelled = event.key.length === 1 && !/[+ ]/.test(event.key) && (held.length === 0 || (held.length === 1 && event.shiftKey && /\W/.test(event.key)))
  const key = letter?.toLowerCase() ?? (spelled || event.key.length > 1 ? event.key : event.code)
  return [...held, key].join('+')
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [role=dialog], [role=combobox], [role=listbox], [role=menu]') !== null
}
