/**
 * Lets text through up to the first complete one of some stop texts, which is left out. What might be the beginning of one is held back until more has
 * come or nothing more will.
 */
export class StopText {
  readonly #stops: readonly string[]
  #held = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  /** The text that can be shown now, and whether a stop text has come. Not to be called again after it has. */
  push(text: string): { text: string; stopped: boolean } {
    const all = this.#held + text
    const found = this.#stops.map((stop) => ({ from: all.indexOf(stop), length: stop.length })).filter(({ from }) => from >= 0)
    // The one that is complete first, so that it does not matter how the text is cut into pieces.
    const [first] = found.sort((a, b) => a.from + a.length - (b.from + b.length) || a.from - b.from)
    if (first !== undefined) {
      this.#held = ''
      return { text: all.slice(0, first.from), stopped: true }
    }
    const safe = all.length - this.#beginning(all)
    this.#held = all.slice(safe)
    return { text: all.slice(0, safe), stopped: false }
  }

  /** What was held back, once nothing more comes. */
  end(): string {
    const rest = this.#held
    this.#held = ''
    return rest
  }

  /** Length of the longest end of `text` that begins a stop text. */
  #beginning(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1))
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      if (this.#stops.some((stop) => stop.startsWith(text.slice(-length)))) return length
    }
    return 0
  }
}
