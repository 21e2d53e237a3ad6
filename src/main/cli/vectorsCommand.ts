import type { Command } from 'commander'
import { openOutput } from './output.ts'
import type { CommonOptions } from './session.ts'
import { runVectors } from './vectors.ts'

/** `vectors`: this program against reference vectors; exit code 1 when a case fails. */
export function addVectorsCommand(program: Command): void {
  program
    .command('vectors <folder>')
    .description('compare parsing, drawing, rewards and resizing with reference vectors')
    .option('--json', 'one JSON object per case')
    .action(async (folder: string, options: CommonOptions) => {
      const output = openOutput(options.json === true)
      const totals = await runVectors(folder, (result) => {
        output.event({ kind: 'case', ...result })
        if (!output.json && result.outcome !== 'passed') output.line(`${result.outcome}: ${result.file} ${result.name}: ${result.detail}`)
      })
      output.event({ kind: 'totals', ...totals })
      if (!output.json) {
        if (totals.differs > 0) output.line(`${totals.differs} of the passed cases differ from the reference by a stated rule`)
        output.line(`${totals.passed} passed, ${totals.failed} failed`)
      }
      if (totals.failed > 0) process.exitCode = 1
    })
}
