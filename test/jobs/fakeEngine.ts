// A stand-in for the engine process: what it does is the start checkpoint's name.
import { readFileSync } from 'node:fs'
import { type BenchJob, DatasetLine, type EngineEvent, type EngineRequest } from '#main/engine/protocol.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import type { PreflightCheck } from '#shared/domain/preflight.ts'
import { CheckpointId, newId, TrajectoryId } from '#shared/domain/ids.ts'

const say = (event: EngineEvent | { kind: string }): void => void process.send?.(event)

process.on('message', (request: EngineRequest) => {
  if (request.kind === 'stop') return onStop()
  if (request.kind === 'pause') return say({ kind: 'paused' })
  if (request.kind === 'continue') return say({ kind: 'continued' })
  if (request.kind === 'stored') {
    say({ kind: 'finished', summary: { mark: request.mark } })
    return process.disconnect()
  }
  if (request.job.kind === 'importModel') throw new Error('The stand-in imports no models')
  behaviour = request.job.checkpoint.name
  if (request.job.kind === 'preflight') return inspect(behaviour, request.job.found ?? [])
  switch (behaviour) {
    case 'finishes':
      for (let step = 1; step <= 3; step++) {
        say({ kind: 'metrics', step, seconds: step, totalSteps: 3, values: { loss: 1 / step } })
      }
      say({ kind: 'finished', summary: { steps: 3 } })
      return process.disconnect()
    case 'learns':
      return learn(request.job)
    case 'writes':
    case 'writes and dies':
      if (request.job.kind === 'rollout') return write(request.job)
      break
    case 'loses its device':
      if (request.job.device === 'webgpu') say({ kind: 'failed', error: { code: 'device', message: 'the graphics device failed', where: 'webgpu', advice: 'Resume on the CPU' } })
      else say({ kind: 'finished', summary: { steps: 3 } })
      return process.disconnect()
    case 'fails':
      say({ kind: 'failed', error: { code: 'bad_checkpoint', message: 'No weights here', advice: 'Bring some' } })
      return process.disconnect()
    case 'crashes':
      say({ kind: 'metrics', step: 1, seconds: 1, totalSteps: 3, values: { loss: 1 } })
      process.stderr.write('the last words\n', () => process.exit(3))
      return
    case 'marks':
      say({ kind: 'metrics', step: 1, seconds: 1, totalSteps: 3, values: { loss: 1 } })
      return say({ kind: 'mark', mark: 7 })
    case 'tells what it uses':
      setInterval(() => say({ kind: 'usage', usage: { processor: 0.5, residentBytes: 1e9, deviceBytes: 0 } }), 5)
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

/** Finds nothing to object to, but for the checkpoint that is too large; tells what was found before. */
function inspect(name: string, found: readonly PreflightCheck[]): void {
  const error: ErrorRecord | null = name === 'too large' ? { code: 'out_of_memory', message: 'Too large for this machine' } : null
  const check = { name: 'memory' as const, state: error === null ? 'ok' as const : 'error' as const, message: 'About 1 GB', numbers: { neededBytes: 1e9 }, findings: [], error }
  say({ kind: 'preflight', preflight: { checks: [...found, check] } })
  say({ kind: 'finished', summary: {} })
  process.disconnect()
}

/** Does each job's least: a training run leaves a checkpoint, an evaluation its scores. */
function learn(job: BenchJob): void {
  const items = readFileSync(job.dataset, 'utf8').trimEnd().split('\n').length
  const createdAt = new Date().toISOString()
  if (job.kind === 'train' && job.run.settings.stage === 'reflective' && job.run.seed === 13) {
    say({ kind: 'failed', error: { code: 'bad_input', message: 'Only 0 paths kept' } })
    return process.disconnect()
  }
  if (job.kind === 'train') {
    say({ kind: 'metrics', step: 1, seconds: 1, totalSteps: 1, values: { loss: 0.5 } })
    const checkpoint = { ...job.checkpoint, id: newId(CheckpointId), runId: job.run.id, step: 1, folder: `runs/${job.run.id}/checkpoint`, createdAt }
    say({ kind: 'checkpoint', checkpoint })
  }
  if (job.kind === 'evaluate') {
    const overall = {
      task: 'overall', items, accuracy: 0.5, format: 1, reflectionRate: 0, grounding: null, steps: 1, boxes: 0, lines: 0, responseTokens: 1
    }
    const { prompt, drawStyle, sampling, split, label } = job
    say({ kind: 'evaluation', evaluation: { id: job.evaluationId, checkpointId: job.checkpoint.id, label, split, prompt, drawStyle, sampling, scores: [], overall, createdAt } })
  }
  say({ kind: 'finished', summary: { items } })
  process.disconnect()
}

/** Writes every path asked for: sample 1 of an item is right, its seed tells its place. The frail one dies after three if it began at the first. */
function write(job: Extract<BenchJob, { kind: 'rollout' }>): void {
  let left = behaviour === 'writes and dies' && job.places?.[0] === 0 ? 3 : Infinity
  readFileSync(job.dataset, 'utf8').trimEnd().split('\n').forEach((text, line) => {
    const { item } = DatasetLine.parse(JSON.parse(text))
    for (let groupIndex = 0; groupIndex < job.samplesPerItem && left-- > 0; groupIndex++) {
      const right = groupIndex === 1
      const seed = 100 * (job.places?.[line] ?? 0) + groupIndex
      say({
        kind: 'trajectory',
        trajectory: {
          id: newId(TrajectoryId), itemId: item.id, parentId: null, prompt: job.prompt, drawStyle: job.drawStyle, modelSizes: [], answer: right ? item.answer : 'no', finishReason: 'answered', finishStep: 0,
          origin: { kind: 'model', checkpointId: job.checkpoint.id, runId: null, runStep: null, groupIndex, sampling: { ...job.sampling, seed } }, createdAt: new Date().toISOString(),
          steps: [{ text: '<answer> A </answer>', thought: '', action: { kind: 'answer', text: 'A' }, observations: [], problems: [], mistake: false, tokens: null }]
        },
        reward: { total: right ? 2 : 0, correct: right ? 1 : 0, format: 1, reflective: false, referenceReflective: false, extractedAnswer: null, explanation: '' }
      })
    }
  })
  if (left < 0) process.stderr.write('gone', () => process.exit(3))
  else {
    say({ kind: 'finished', summary: {} })
    process.disconnect()
  }
}

function onStop(): void {
  if (behaviour === 'ignores stop') return say({ kind: 'log', level: 'warning', text: 'no' })
  say({ kind: 'stopped' })
  process.disconnect()
  process.exit(0)
}
