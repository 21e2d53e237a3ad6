import type { Observation } from '#shared/domain/trajectory.ts'

/** A picture of the path: given ones stand in column 0, one that step s (0-based) made in column s + 1. */
export interface PictureNode { readonly index: number; readonly column: number; readonly row: number }

/** Step `step` (0-based) drew on `from`, and `to` came of it; both 1-based. */
export interface PictureEdge { readonly from: number; readonly to: number; readonly step: number }

export interface PictureGraph {
  readonly nodes: readonly PictureNode[]
  readonly edges: readonly PictureEdge[]
  readonly rows: number
  readonly columns: number
  /** Given pictures no step drew on, left out because there are many. */
  readonly untouched: readonly number[]
}

/** Up to this many given pictures all are shown. */
const SHOWN_ANYWAY = 6

/**
 * Which picture each step drew on and what came of it, laid out so that what descends from one given picture lies together: a copy
 * goes on in the row of its source, a second copy of the same picture gets a row of its own below.
 * @param given how many pictures the item has
 */
export function pictureGraph(given: number, steps: readonly { readonly observations: readonly Pick<Observation, 'sourceIndex' | 'newIndex'>[] }[]): PictureGraph {
  const edges = steps.flatMap(({ observations }, step) => observations.map(({ sourceIndex, newIndex }) => ({ from: sourceIndex, to: newIndex, step })))
  const used = new Set(edges.map(({ from }) => from))
  const originals = Array.from({ length: given }, (_, i) => i + 1)
  const untouched = given > SHOWN_ANYWAY ? originals.filter((index) => !used.has(index)) : []
  const lanes = originals.filter((index) => !untouched.includes(index)).map((index) => [{ index, column: 0 }])
  for (const { from, to, step } of edges) {
    const lane = lanes.findIndex((row) => row.some(({ index }) => index === from))
    const row = lanes[lane]
    const made = { index: to, column: step + 1 }
    if (row?.at(-1)?.index === from) row.push(made)
    else lanes.splice(lane + 1, 0, [made])
  }
  const nodes = lanes.flatMap((lane, row) => lane.map((node) => ({ ...node, row }))).sort((a, b) => a.index - b.index)
  return { nodes, edges, rows: lanes.length, columns: steps.length + 1, untouched }
}

/** Whether it says more than that every step drew on the picture before. */
export function saysSomething({ rows, untouched }: PictureGraph): boolean {
  return rows + untouched.length > 1
}

/** The steps (0-based) that drew on each picture. */
export function stepsByPicture({ edges }: Pick<PictureGraph, 'edges'>): Map<number, number[]> {
  const steps = new Map<number, number[]>()
  for (const { from, step } of edges) steps.set(from, [...steps.get(from) ?? [], step])
  return steps
}

/** The picture an arrow key leads to: left to where it came from, right to what came of it, up and down to the nearest in another row. */
export function neighbour({ nodes, edges }: PictureGraph, index: number, key: string): number {
  const at = nodes.find((node) => node.index === index)
  if (at === undefined) return nodes[0]?.index ?? index
  if (key === 'ArrowLeft') return edges.find(({ to }) => to === index)?.from ?? index
  if (key === 'ArrowRight') return edges.find(({ from }) => from === index)?.to ?? index
  const way = key === 'ArrowUp' ? -1 : key === 'ArrowDown' ? 1 : 0
  const beyond = nodes.filter(({ row }) => (row - at.row) * way > 0)
  const far = (node: PictureNode): number => Math.abs(node.row - at.row) * 100 + Math.abs(node.column - at.column)
  return beyond.reduce<PictureNode>((best, node) => best === at || far(node) < far(best) ? node : best, at).index
}
