/** Sets that grow together; each is called by its smallest member. */
export class Clusters {
  readonly #parent: Int32Array

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i)
  }

  /** The smallest member of the set that `place` is in. */
  of(place: number): number {
    let at = place
    for (let up = this.#up(at); up !== at; up = this.#up(at)) {
      this.#parent[at] = this.#up(up)
      at = up
    }
    return at
  }

  join(a: number, b: number): void {
    const [first, second] = [this.of(a), this.of(b)]
    this.#parent[Math.max(first, second)] = Math.min(first, second)
  }

  #up(place: number): number {
    return this.#parent[place] ?? place
  }
}
