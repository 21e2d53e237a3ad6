import { SightlineError } from '#shared/domain/errors.ts'
import type { Dim, Shape } from './types.ts'

/**
 * Symbolic sizes. A string is a product of an optional integer and symbols in alphabetical order (`4*B*T`); a sum of equal
 * symbols is a product, one of different symbols is opaque and stands in parentheses (`(S+T)`). Two sizes are equal exactly when their
 * canonical forms are.
 */
export function product(dims: readonly Dim[]): Dim {
  let factor = 1
  const symbols: string[] = []
  for (const dim of dims) {
    if (typeof dim === 'number') factor *= dim
    else {
      for (const part of factorsOf(dim)) {
        if (/^\d+$/.test(part)) factor *= Number(part)
        else symbols.push(part)
      }
    }
  }
  if (symbols.length === 0 || factor === 0) return factor
  symbols.sort()
  return (factor === 1 ? symbols : [String(factor), ...symbols]).join('*')
}

export function sum(dims: readonly Dim[]): Dim {
  let constant = 0
  const counts = new Map<string, number>()
  for (const dim of dims) {
    if (typeof dim === 'number') constant += dim
    else {
      const [first = '', ...rest] = factorsOf(dim)
      const [count, symbol] = /^\d+$/.test(first) ? [Number(first), rest.join('*')] : [1, dim]
      counts.set(symbol, (counts.get(symbol) ?? 0) + count)
    }
  }
  const terms = [...counts].map(([symbol, count]) => product([count, symbol]))
  if (terms.length === 0) return constant
  if (terms.length === 1 && constant === 0) return terms[0] as Dim
  return `(${[...terms, ...(constant === 0 ? [] : [constant])].join('+')})`
}

/** Splits a product at its top-level `*`, leaving sums in parentheses whole. */
export function factorsOf(dim: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < dim.length; i++) {
    if (dim[i] === '(') depth++
    else if (dim[i] === ')') depth--
    else if (dim[i] === '*' && depth === 0) {
      parts.push(dim.slice(from, i))
      from = i + 1
    }
  }
  parts.push(dim.slice(from))
  return parts
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i])
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** The dimension at `axis`, negative axes from the end; `bad_graph` when the rank is too small. */
export function dimAt(shape: Shape, axis: number): Dim {
  const dim = shape[axis < 0 ? axis + shape.length : axis]
  if (dim === undefined) throw new SightlineError('bad_graph', `axis ${axis} is outside ${formatShape(shape)}`)
  return dim
}

/** NumPy broadcasting; a symbol only broadcasts with itself or with 1. */
export function broadcast(a: Shape, b: Shape, where: string): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x === y || y === 1) return x
    if (x === 1) return y
    throw new SightlineError('bad_graph', `${where}: cannot broadcast ${formatShape(a)} with ${formatShape(b)}`)
  })
}

/** Axes of `from` that must be summed to undo a broadcast of `to` into it. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const offset = from.length - to.length
  return from.flatMap((dim, i) => (i < offset || (to[i - offset] === 1 && dim !== 1) ? [i] : []))
}
