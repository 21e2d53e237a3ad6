import { tinykeys } from 'tinykeys'
import { onScopeDispose } from 'vue'

/** Every shortcut of the studio in one table: the bindings and the "?" sheet both read it. `$mod` is Ctrl, on a Mac Command. */
export const KEYMAP = {
  global: {
    'page1': ['Alt+Digit1'], 'page2': ['Alt+Digit2'], 'page3': ['Alt+Digit3'], 'page4': ['Alt+Digit4'], 'page5': ['Alt+Digit5'],
    'help': ['Shift+?']
  },
  canvas: {
    'toolSelect': ['v'], 'toolBox': ['r'], 'toolLine': ['l'], 'toolPan': ['h'],
    'cancel': ['Escape'], 'remove': ['Delete', 'Backspace'], 'duplicate': ['$mod+d'], 'relabel': ['F2'],
    'undo': ['$mod+z'], 'redo': ['$mod+Shift+z', '$mod+y'],
    'nudge': ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
    'nudge10': ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'],
    'fit': ['f'], 'actualSize': ['0'], 'zoomIn': ['Equal', 'Shift+Equal'], 'zoomOut': ['Minus']
  },
  review: {
    'accept': ['a', '$mod+Enter'], 'reject': ['x'], 'skip': ['s'], 'previous': ['w'], 'markReflective': ['m'],
    'nextStep': ['j', ']'], 'previousStep': ['k', '[']
  }
} as const satisfies Record<string, Record<string, readonly string[]>>

export type Scope = keyof typeof KEYMAP
export type ActionOf<S extends Scope> = keyof (typeof KEYMAP)[S]

/**
 * Binds some actions of a scope while the calling component lives. Keys typed into fields and dialogs are left alone.
 * @param when asked at each key press; false leaves the key to the browser
 */
export function useKeys<S extends Scope>(scope: S, actions: Partial<Record<ActionOf<S>, (event: KeyboardEvent) => void>>, when: () => boolean = () => true): void {
  const bindings: Record<string, (event: KeyboardEvent) => void> = {}
  for (const [action, run] of Object.entries<((event: KeyboardEvent) => void) | undefined>(actions)) {
    if (run === undefined) continue
    for (const key of keysOf(scope, action)) {
      bindings[key] = (event) => {
        if (!when() || isTyping(event.target)) return
        event.preventDefault()
        run(event)
      }
    }
  }
  onScopeDispose(tinykeys(window, bindings, { ignore: () => false }))
}

export function keysOf(scope: Scope, action: string): readonly string[] {
  const actions: Readonly<Record<string, readonly string[]>> = KEYMAP[scope]
  return actions[action] ?? []
}

/** How a binding is printed on the sheet, e.g. `$mod+Shift+z` as Ctrl, Shift, Z. */
export function printedKey(binding: string, isMac: boolean): string[] {
  const names: Readonly<Record<string, string>> = {
    $mod: isMac ? '⌘' : 'Ctrl', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Slash: '?', Equal: '+', Minus: '-'
  }
  return binding.split('+').map((part) => names[part] ?? part.replace(/^Digit/, '').replace(/^(.)$/, (letter) => letter.toUpperCase()))
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [role=dialog], [role=combobox], [role=listbox], [role=menu]') !== null
}
