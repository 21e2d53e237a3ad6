// A stand-in for the engine process: what it does is the start checkpoint's name.
import type { EngineEvent, EngineRequest } from '#main/engine/protocol.ts'

const say = (event: EngineEvent | { kind: string }): void => void process.send?.(event)

process.on('message', (request: EngineRequest) => {
  if (request.kind === 'stop') return onStop()
  behaviour = request.job.checkpoint.name
  switch (behaviour) {
    case 'finishes':
      for (let step = 1; step <= 3; step++) {
        say({ kind: 'metrics', step, seconds: step, totalSteps: 3, values: { loss: 1 / step } })
      }
      say({ kind: 'finished', summary: { steps: 3 } })
      return process.disconnect()
    case 'fails':
      say({ kind: 'failed', error: { code: 'bad_checkpoint', message: 'No weights here', advice: 'Bring some' } })
      return process.disconnect()
    case 'crashes':
      say({ kind: 'metrics', step: 1, seconds: 1, totalSteps: 3, values: { loss: 1 } })
      process.stderr.write('the last words\n', () => process.exit(3))
      return
    case 'talks nonsense':
      return say({ kind: 'nonsense' })
    default:
      // 'waits' and 'ignores stop' go on until they are stopped.
      say({ kind: 'log', level: 'info', text: 'waiting' })
      setInterval(() => undefined, 1000)
  }
})

let behaviour = ''

function onStop(): void {
  if (behaviour === 'ignores stop') return say({ kind: 'log', level: 'warning', text: 'no' })
  say({ kind: 'stopped' })
  process.disconnect()
  process.exit(0)
}
