import { availableParallelism, cpus } from 'node:os'
import type { Command } from 'commander'
import { DeviceWish } from '#shared/domain/device.ts'
import type { CardReading, MachineReading } from '#shared/domain/machine.ts'
import { userFolder } from '../endpoint/endpointStore.ts'
import { deviceState, keepDeviceWish } from '../jobs/deviceChoice.ts'
import { webGpuVerdict } from '../jobs/deviceProbe.ts'
import { MachineMonitor } from '../jobs/machine/machineMonitor.ts'
import { openOutput } from './output.ts'
import { oneOf } from './session.ts'

/** `devices`: what this machine can run models on, in words, and what it does; the adapter is probed once for each driver. */
export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('say what the processor and the graphics adapter of this machine can do, and which one models run on')
    .option('--probe', 'ask the graphics adapter again')
    .option('--use <device>', 'run models on cpu, webgpu or auto from now on (auto: webgpu where it is right and faster)', oneOf('--use', DeviceWish.options))
    .option('--json', 'one JSON object')
    .action(async (options: { readonly probe?: boolean; readonly use?: DeviceWish; readonly json?: boolean }) => {
      const output = openOutput(options.json === true)
      const verdict = await webGpuVerdict({ again: options.probe === true })
      if (options.use !== undefined) await keepDeviceWish(userFolder(), options.use)
      const { wish, device } = await deviceState(userFolder())
      const machine = await new MachineMonitor(process.cwd(), { interval: 300 }).now()
      output.event({ kind: 'device', ...verdict, wish, device, machine })
      if (output.json) return
      output.line(`${device === 'cpu' ? '*' : ' '} cpu     ${availableParallelism()} x ${cpus()[0]?.model.trim() || 'processor'}`)
      output.line(`${device === 'webgpu' ? '*' : ' '} webgpu  ${verdict.usable ? '' : 'not usable: '}${verdict.words}`)
      output.line(`  now     ${machineWords(machine)}`)
      output.line(`* is what models run on (${wish}), where a command is given no --device`)
    })
}

function machineWords({ processor, memoryUsedBytes, memoryBytes, freeDiskBytes, cards }: MachineReading): string {
  const [percent, gigabytes] = [(share: number): string => `${Math.round(100 * share)} %`, (bytes: number): string => (bytes / 1e9).toFixed(1)]
  const cardWords = ({ name, busy, usedBytes, totalBytes }: CardReading): string =>
    `${name} ${busy === null ? 'load not told' : percent(busy)}${usedBytes === null || totalBytes === null ? '' : `, ${gigabytes(usedBytes)} of ${gigabytes(totalBytes)} GB`}`
  return [
    `processor ${percent(processor ?? 0)}`, `memory ${gigabytes(memoryUsedBytes)} of ${gigabytes(memoryBytes)} GB`, `${gigabytes(freeDiskBytes)} GB free on this disk`,
    ...(cards?.map(cardWords) ?? ['graphics card not told by this system'])
  ].join('; ')
}
