import { availableParallelism, cpus } from 'node:os'
import type { Command } from 'commander'
import { webGpuVerdict } from '../jobs/deviceProbe.ts'
import { openOutput } from './output.ts'

/** `devices`: what this machine can run models on, in words; the adapter is probed once for each driver. */
export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('say what the processor and the graphics adapter of this machine can do')
    .option('--probe', 'ask the graphics adapter again')
    .option('--json', 'one JSON object')
    .action(async (options: { readonly probe?: boolean; readonly json?: boolean }) => {
      const output = openOutput(options.json === true)
      const verdict = await webGpuVerdict({ again: options.probe === true })
      output.event({ kind: 'device', ...verdict })
      if (output.json) return
      output.line(`${verdict.preferred ? ' ' : '*'} cpu     ${availableParallelism()} x ${cpus()[0]?.model.trim() || 'processor'}`)
      output.line(`${verdict.preferred ? '*' : ' '} webgpu  ${verdict.usable ? '' : 'not usable: '}${verdict.words}`)
      output.line('* is the faster one; models run on the CPU as yet')
    })
}
