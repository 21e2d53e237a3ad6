// Makes resources/fonts/labels.json: outlines of the characters that labels are drawn with, from DejaVu Sans.
// node scripts/labelGlyphs.ts [FONT.ttf]
import { readFileSync, writeFileSync } from 'node:fs'
import opentype from 'opentype.js'
import type { Font } from 'opentype.js'

const RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e], [0xa0, 0x17f], [0x391, 0x3c9], [0x410, 0x44f], [0x2013, 0x2014], [0x2018, 0x201d], [0x2022, 0x2022],
  [0x2026, 0x2026], [0x2190, 0x2193], [0x2212, 0x2212], [0x25a1, 0x25a1]
]

const font = load(process.argv[2] ?? '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf')
const glyphs: Record<string, { advance: number; path: string }> = {}
for (const [first, last] of RANGES) {
  for (let code = first; code <= last; code++) {
    const character = String.fromCodePoint(code)
    if (font.charToGlyphIndex(character) > 0) glyphs[character] = outline(character)
  }
}
const set = {
  font: 'DejaVu Sans',
  unitsPerEm: font.unitsPerEm,
  ascent: font.ascender,
  // An empty frame as wide as an ideograph: most labels it stands for are Chinese.
  missing: { advance: 2048, path: 'M150 -200L150 1500L1898 1500L1898 -200ZM300 -50L1748 -50L1748 1350L300 1350Z' },
  glyphs
}
const target = new URL('../resources/fonts/labels.json', import.meta.url)
writeFileSync(target, `${JSON.stringify(set)}\n`)
console.log(`${Object.keys(glyphs).length} glyphs`)

function load(path: string): Font {
  const bytes = readFileSync(path)
  return opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

function outline(character: string): { advance: number; path: string } {
  const glyph = font.charToGlyph(character)
  let path = ''
  for (const command of glyph.path.commands) {
    switch (command.type) {
      case 'M': path += `M${command.x} ${command.y}`; break
      case 'L': path += `L${command.x} ${command.y}`; break
      case 'Q': path += `Q${command.x1} ${command.y1} ${command.x} ${command.y}`; break
      case 'Z': path += 'Z'; break
      default: throw new Error(`${character}: no TrueType outline`)
    }
  }
  return { advance: glyph.advanceWidth ?? 0, path }
}
