/** What charts may take of a frame; at 60 frames a second the rest of the page has ten milliseconds. */
const SHARE_MS = 6

const waiting = new Set<() => void>()
let asked = false

/**
 * Draws in one of the next frames, in the order asked, at least one a frame: many charts that get a step at once hold up no frame for long.
 * What is asked for again before its turn is drawn once.
 */
export function drawSoon(draw: () => void): void {
  waiting.add(draw)
  if (!asked) requestAnimationFrame(drawSome)
  asked = true
}

export function drawNever(draw: () => void): void {
  waiting.delete(draw)
}

function drawSome(): void {
  const until = performance.now() + SHARE_MS
  for (const draw of waiting) {
    waiting.delete(draw)
    draw()
    if (performance.now() > until) break
  }
  asked = waiting.size > 0
  if (asked) requestAnimationFrame(drawSome)
}
