// Writes the README's picture of the house from scripts/layerTable.ts; with --check only says whether it is up to date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOMS } from './layerTable.ts'
import { root } from './sources.ts'

const file = join(root, 'README.md')
const text = readFileSync(file, 'utf8')
const filled = fill(fill(text, 'tree', tree()), 'diagram', diagram())
if (process.argv.includes('--check')) {
  if (filled !== text) console.error('The README shows an old house; run `node scripts/readme.ts`')
  process.exit(filled === text ? 0 : 1)
}
writeFileSync(file, filled)

function fill(readme: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [readme.indexOf(open), readme.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`README.md lacks the marks ${open} and ${close}`)
  return `${readme.slice(0, from + open.length)}\n${content}\n${readme.slice(to)}`
}

function tree(): string {
  const width = Math.max(...Object.keys(ROOMS).map((room) => room.length)) + 6
  return ['```', ...Object.entries(ROOMS).map(([room, { holds }]) => `${`src/${room}`.padEnd(width)}${holds}`), '```'].join('\n')
}

/** Each room with arrows to the rooms it may import; arrows that another arrow implies are left out. */
function diagram(): string {
  const reach = (room: string): Set<string> => new Set((ROOMS[room]?.may ?? []).flatMap((next) => [next, ...reach(next)]))
  const name = (room: string) => room.replace('main/', '').replace('/', '_')
  const lines = Object.entries(ROOMS).flatMap(([room, { may }]) => {
    const implied = new Set(may.flatMap((next) => [...reach(next)]))
    return may.filter((next) => !implied.has(next)).map((next) => `  ${name(room)} --> ${name(next)}`)
  })
  return ['```mermaid', 'graph TD', ...lines, '```'].join('\n')
}
