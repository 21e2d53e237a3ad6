// Checks the import rules of layerTable.ts and that no imports form a cycle; prints what the README's diagram shows.
import { OWNERS, ROOMS, TYPES_ONLY } from './layerTable.ts'
import { readSources, type SourceFile } from './sources.ts'

const sources = readSources()
const complaints = [...sources.flatMap(roomComplaints), ...sources.flatMap(ownerComplaints), ...cycles(sources)]
for (const complaint of complaints) console.error(complaint)
const edges = sources.reduce((sum, file) => sum + file.imports.filter((edge) => !edge.foreign).length, 0)
console.log(`${sources.length} files, ${edges} imports, ${Object.keys(ROOMS).length} rooms: ${complaints.length} violations`)
process.exit(complaints.length === 0 ? 0 : 1)

function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS).find((room) => path.startsWith(`${room}/`))
}

function roomComplaints(file: SourceFile): string[] {
  const from = roomOf(file.path)
  if (from === undefined) return [`src/${file.path}: belongs to no room of scripts/layerTable.ts`]
  return file.imports.filter((edge) => !edge.foreign).flatMap((edge) => {
    const to = roomOf(edge.target)
    if (to === from || (to?.startsWith('shared/') && !from.startsWith('shared/'))) return []
    if (to === undefined) return edge.target.startsWith('shared/') || edge.target.startsWith('main/') ? [`src/${file.path}: imports ${edge.target}, which is in no room`] : []
    const allowed = ROOMS[from]?.may.includes(to) === true
    const mustBeType = TYPES_ONLY.has(`${from}>${to}`)
    if (allowed && (!mustBeType || edge.typeOnly || edge.target.endsWith('/protocol.ts'))) return []
    return [`src/${file.path}: ${from} may not import ${to} (${edge.target})`]
  })
}

function ownerComplaints(file: SourceFile): string[] {
  return file.imports
    .filter((edge) => edge.foreign && OWNERS[edge.target] !== undefined)
    .filter((edge) => !OWNERS[edge.target]?.some((owner) => file.path.startsWith(owner)))
    .map((edge) => `src/${file.path}: only ${OWNERS[edge.target]?.join(', ')} may import ${edge.target}`)
}

/** Strongly connected components of more than one file (Tarjan), type-only imports included. */
function cycles(files: readonly SourceFile[]): string[] {
  const targets = new Map(files.map((file) => [file.path, file.imports.filter((edge) => !edge.foreign).map((edge) => edge.target)]))
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[] = []
  const visit = (path: string): void => {
    index.set(path, index.size)
    low.set(path, index.get(path) ?? 0)
    stack.push(path)
    for (const next of targets.get(path) ?? []) {
      if (!targets.has(next)) continue
      if (!index.has(next)) visit(next)
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(path) !== index.get(path)) return
    const component = stack.splice(stack.indexOf(path))
    if (component.length > 1) found.push(`import cycle: ${component.map((file) => `src/${file}`).join(' -> ')}`)
  }
  for (const path of targets.keys()) if (!index.has(path)) visit(path)
  return found
}
