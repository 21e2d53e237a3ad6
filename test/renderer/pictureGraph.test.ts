import { describe, expect, it } from 'vitest'
import { neighbour, pictureGraph, saysSomething, stepsByPicture } from '../../src/renderer/pages/review/pictureGraph.ts'

/** Steps by the pictures they drew on, numbered as the path would. */
function steps(given: number, ...sources: number[][]) {
  let next = given
  return sources.map((step) => ({ observations: step.map((sourceIndex) => ({ sourceIndex, newIndex: ++next })) }))
}
const places = (given: number, ...sources: number[][]): string[] => pictureGraph(given, steps(given, ...sources)).nodes.map(({ index, column, row }) => `${index}:${column},${row}`)

describe('the graph of pictures', () => {
  it('keeps a line of copies in one row', () => {
    expect(places(1, [1], [2], [3])).toEqual(['1:0,0', '2:1,0', '3:2,0', '4:3,0'])
    expect(saysSomething(pictureGraph(1, steps(1, [1], [2])))).toBe(false)
  })

  it('gives a second copy of a picture a row below it, and a step with two pictures two edges', () => {
    expect(places(2, [1, 2], [1], [])).toEqual(['1:0,0', '2:0,2', '3:1,0', '4:1,2', '5:2,1'])
    expect(saysSomething(pictureGraph(1, steps(1, [1], [1])))).toBe(true)
    expect(pictureGraph(2, steps(2, [1, 2], [1])).edges).toEqual([{ from: 1, to: 3, step: 0 }, { from: 2, to: 4, step: 0 }, { from: 1, to: 5, step: 1 }])
  })

  it('leaves out untouched frames of many, in whatever order the others were drawn on', () => {
    const graph = pictureGraph(32, steps(32, [20], [4, 33], [4], [31], [34], [20], [9], [40], [41], [1], [2], []))
    expect(graph.untouched).toHaveLength(32 - 6)
    expect(new Set(graph.nodes.map(({ column, row }) => `${column},${row}`)).size).toBe(graph.nodes.length)
    expect(graph.nodes.filter(({ column }) => column === 0).map(({ index }) => index)).toEqual([1, 2, 4, 9, 20, 31])
    expect([graph.rows, graph.columns]).toEqual([8, 13])
    expect(pictureGraph(4, []).untouched).toEqual([])
  })

  it('says which steps drew on a picture', () => {
    expect([...stepsByPicture(pictureGraph(2, steps(2, [1, 2], [1])))]).toEqual([[1, [0, 1]], [2, [0]]])
  })

  it('leads from picture to picture by arrow keys, and nowhere at its ends', () => {
    const graph = pictureGraph(2, steps(2, [1, 2], [1]))
    const walk = (...keys: string[]): number => keys.reduce((at, key) => neighbour(graph, at, key), 1)
    expect([walk('ArrowRight'), walk('ArrowRight', 'ArrowLeft'), walk('ArrowDown', 'ArrowDown'), walk('ArrowDown', 'ArrowDown', 'ArrowUp')]).toEqual([3, 1, 4, 5])
    expect([walk('ArrowLeft'), walk('ArrowUp'), walk('ArrowRight', 'ArrowRight'), walk('Home')]).toEqual([1, 1, 3, 1])
  })
})
