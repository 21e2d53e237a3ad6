/** Tensors on the device: up, through two sessions, changed in place, down, and given back; and what must be refused. */
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { Graph } from '#main/onnx/graph.ts'
import { type AnyTensor, DeviceTensor, liveDeviceBytes } from '#main/runtime/deviceTensor.ts'
import { DeviceTransfer } from '#main/runtime/deviceTransfer.ts'
import { Session } from '#main/runtime/session.ts'
import { floatData, floats, type HostTensor, indices, tensor } from '#main/runtime/tensor.ts'
import { answer } from './driver.ts'

const transfer = new DeviceTransfer()

function halved(): Graph {
  const graph = new Graph()
  const x = graph.input('x', ['N', 'M'])
  graph.output('half', mul(x, 0.5))
  graph.output('next', add(mul(x, 0.5), graph.input('more', ['N', 'M'])))
  return graph
}

async function message(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
    return 'nothing'
  } catch (error) {
    return (error as Error).message
  }
}

async function roundTrip(value: HostTensor): Promise<{ dtype: string; shape: readonly number[]; data: number[]; bytes: number }> {
  const there = await transfer.upload(value)
  const { dtype, shape, data } = await transfer.download(there)
  const { bytes } = there
  there.dispose()
  return { dtype, shape, data: Array.from(data as ArrayLike<number | bigint>, Number), bytes }
}

const roundTrips = []
for (const value of [
  floats([2, 2], Float32Array.of(1, -2.5, 3, 4)), tensor('f16', [3], Uint16Array.of(0x3c00, 0x4000, 0xc200)), indices([2], [5, -6]),
  tensor('i32', [1, 2], Int32Array.of(7, -8)), tensor('bool', [2], Uint8Array.of(0, 1))
]) roundTrips.push(await roundTrip(value))

const one = floats([1, 2], Float32Array.of(1, 1))
const w = await transfer.upload(floats([1, 2], Float32Array.of(8, 16)))
const keeping = await Session.open(halved(), { device: 'webgpu', keep: ['half'] })
const half = (await keeping.runKeeping(new Map<string, AnyTensor>([['x', w], ['more', one]]))).get('half') as DeviceTensor
const writing = await Session.open(halved(), { device: 'webgpu' })
const fromKept = await writing.run(new Map<string, AnyTensor>([['x', half], ['more', one]]), ['next'])
for (let i = 0; i < 3; i++) await writing.runInto(new Map<string, AnyTensor>([['x', w], ['more', one]]), new Map([['next', w]]))
const inPlace = [...(await transfer.download(w)).data as Float32Array]
const onCpu = await Session.open(halved(), { threads: 1, keep: ['half'] })
const feeds = new Map<string, AnyTensor>([['x', w], ['more', one]])
const refused = {
  onCpu: await message(() => onCpu.run(feeds)),
  intoOnCpu: await message(() => onCpu.runInto(new Map([['x', one], ['more', one]]), new Map([['next', w]]))),
  intoKeeping: await message(() => keeping.runInto(feeds, new Map([['next', w]]))),
  copyOfKept: await message(() => keeping.run(feeds))
}
const keptOnCpu = (await onCpu.runKeeping(new Map([['x', one], ['more', one]]))).get('half') instanceof DeviceTensor
const held = liveDeviceBytes()
for (const disposable of [w, half, half]) disposable.dispose()
const afterDispose = await message(() => writing.run(feeds))
const left = liveDeviceBytes()
answer({ roundTrips, half: half.shape, fromKept: [...floatData(fromKept, 'next')], inPlace, refused, keptOnCpu, held, afterDispose, left })
