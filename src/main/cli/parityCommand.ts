import type { Command } from 'commander'
import type { ModelSettings } from '../model/visionLanguageModel.ts'
import { openOutput } from './output.ts'
import { type ParityResult, runParity } from './parity.ts'
import { type CommonOptions, deviceWish, wholeNumber } from './session.ts'

/** `parity`: this engine against another implementation's values; exit code 1 when a quantity is off. */
export function addParityCommand(program: Command): void {
  program
    .command('parity <folder>')
    .description('compare positions, features, logits, loss, gradients, ids and pixels with reference values')
    .option('--threads <n>', 'threads of the engine', wholeNumber('--threads', 1))
    .option('--device <name>', 'cpu or webgpu', deviceWish, 'cpu')
    .option('--json', 'one JSON object per quantity')
    .action(async (folder: string, options: CommonOptions) => {
      const output = openOutput(options.json === true)
      let current = ''
      const totals = await runParity(folder, settingsOf(options), (result) => {
        output.event({ kind: 'quantity', ...result })
        if (output.json) return
        if (result.folder !== current) output.line(result.folder)
        current = result.folder
        output.line(line(result))
      })
      output.event({ kind: 'totals', ...totals })
      if (!output.json) output.line(`${totals.passed} passed, ${totals.failed} failed`)
      if (totals.failed > 0) process.exitCode = 1
    })
}

function settingsOf({ threads, device }: CommonOptions): ModelSettings {
  return { device: device === 'webgpu' ? device : 'cpu', ...(threads === undefined ? {} : { threads }) }
}

function line({ quantity, passed, maxAbsolute, maxRelative, detail }: ParityResult): string {
  const errors = Number.isNaN(maxAbsolute) ? '' : `  max abs ${maxAbsolute.toExponential(2)}  relative ${maxRelative.toExponential(2)}`
  return `  ${passed ? 'ok    ' : 'FAILED'} ${quantity.padEnd(48)}${errors}  ${detail}`
}
