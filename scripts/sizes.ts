// The size report (ARCHITECTURE rule 12): file median about 120 lines, 90 % under 350, none over 700; no function over 100.
import ts from 'typescript'
import { readSources } from './sources.ts'

const files = readSources()
const lines = files.map((file) => ({ name: `src/${file.path}`, size: count(file.text) })).sort((a, b) => a.size - b.size)
const functions = files.filter((file) => file.path.endsWith('.ts')).flatMap((file) => functionSizes(`src/${file.path}`, file.text)).sort((a, b) => a.size - b.size)

report('files', lines)
report('functions', functions)
for (const room of new Set(files.map((file) => file.path.split('/').slice(0, 2).join('/')))) {
  const own = files.filter((file) => file.path.startsWith(`${room}/`))
  if (own.length > 0) console.log(`  ${room.padEnd(18)} ${String(own.length).padStart(4)} files ${String(own.reduce((sum, file) => sum + count(file.text), 0)).padStart(6)} lines`)
}
const tooLong = [...lines.filter((file) => file.size > 700), ...functions.filter((fn) => fn.size > 100)]
for (const long of tooLong) console.error(`too long: ${long.name}, ${long.size} lines`)
const wide = share(lines, 350) < 0.9 || share(functions, 45) < 0.9
if (wide) console.error('fewer than 90 % of the files are under 350 lines or of the functions under 45')
process.exit(tooLong.length > 0 || wide ? 1 : 0)

type Sized = { readonly name: string; readonly size: number }

function count(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function share(sorted: readonly Sized[], limit: number): number {
  return sorted.length === 0 ? 1 : sorted.filter((entry) => entry.size <= limit).length / sorted.length
}

function report(what: string, sorted: readonly Sized[]): void {
  const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))]
  console.log(`${what}: ${sorted.length}, median ${at(0.5)?.size}, p90 ${at(0.9)?.size}, longest ${at(1)?.size} (${at(1)?.name})`)
}

function functionSizes(name: string, text: string): Sized[] {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const found: Sized[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isFunctionLike(node) && 'body' in node && node.body) || ts.isMethodDeclaration(node)) {
      const start = source.getLineAndCharacterOfPosition(node.getStart()).line
      const end = source.getLineAndCharacterOfPosition(node.getEnd()).line
      const label = 'name' in node && node.name ? node.name.getText(source) : 'anonymous'
      found.push({ name: `${name}:${start + 1} ${label}`, size: end - start + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
