import { Command, CommanderError } from 'commander'
import { SightlineError } from '#shared/domain/errors.ts'
import { programVersion } from '../jobs/workshop.ts'
import { addCheckpointCommands } from './checkpoints.ts'
import { addDataCommands } from './data.ts'
import { addDemoCommand } from './demo.ts'
import { addDevicesCommand } from './devices.ts'
import { addEndpointCommands } from './endpoints.ts'
import { addModelCommands } from './models.ts'
import { exitCodeOf, openOutput, reportError } from './output.ts'
import { addParityCommand } from './parityCommand.ts'
import { addPipelineCommand } from './pipeline.ts'
import { addServeCommand } from './serve.ts'
import { addSimilarCommand } from './similar.ts'
import { addStudyCommand } from './study.ts'
import { addVectorsCommand } from './vectorsCommand.ts'

/** As a shell tells that a signal ended a command: 128 + SIGPIPE. */
const NOBODY_READS = 141

// `sightline models DIR | head`: whoever read our words has gone, which is no defect.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(NOBODY_READS)
})

const program = new Command('sightline')
  .description('Teach vision-language models to reason in space by drawing')
  .version(programVersion())
  .exitOverride()
  .showHelpAfterError()

addDataCommands(program)
addSimilarCommand(program)
addModelCommands(program)
addPipelineCommand(program)
addCheckpointCommands(program)
addEndpointCommands(program)
addDevicesCommand(program)
addServeCommand(program)
addDemoCommand(program)
addStudyCommand(program)
addVectorsCommand(program)
addParityCommand(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else {
    reportError(openOutput(process.argv.includes('--json')), error)
    process.exitCode = exitCodeOf(error)
    if (!(error instanceof SightlineError)) process.exitCode = 1
  }
}
