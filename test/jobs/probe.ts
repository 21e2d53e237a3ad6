import type { EngineProcess } from '#main/jobs/engineProcess.ts'

/** What a probe says of an adapter that is right and faster than the processor. */
export const FAST_ADAPTER: readonly object[] = [{ kind: 'facts', facts: { float32: true, gigaflops: 900, cpuGigaflops: 90 } }, { kind: 'done' }]

/** A probe's process that says what it is told to, at once. */
export function probeSaying(answers: readonly object[]): EngineProcess<never> {
  let exit = (): void => undefined
  return {
    send: () => undefined, kill: () => undefined, lastWords: () => '',
    onMessage: (listener) => queueMicrotask(() => {
      for (const answer of answers) listener(answer)
      exit()
    }),
    onExit: (listener) => { exit = () => listener({ code: 0, signal: null }) }
  }
}
