/** Where a base training stands; progress.json of its work folder. */
export interface Progress {
  seed: number
  steps: number
  done: number
  /** Seconds of training so far, over all runs. */
  seconds: number
  /** Name of the state folder. */
  state: string
}
