import { appendFile, readFile, readdir, truncate } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ProtoWriter } from '../onnx/protobuf.ts'

/** What TensorBoard takes for an event file. */
const NAME = /^events\.out\.tfevents\./
const VERSION = 'brain.Event:2'
/** Bytes around a record's data: its length (8), the length's checksum (4) and the data's (4). */
const HEAD = 12
const TAIL = 4

/**
 * A run's curves in TensorBoard's own format: one event file in the run's folder, scalars under the names of docs/METRICS.md.
 * Records are TFRecords (length, masked CRC-32C of it, data, masked CRC-32C of that), data are `Event` protocol buffers.
 */
export class EventFile {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Opens the folder's event file, cut off after step `kept` (0: after its heading), or begins one. */
  static async open(folder: string, kept: number): Promise<EventFile> {
    const known = (await readdir(folder)).find((name) => NAME.test(name))
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0')
    const path = join(folder, known ?? `events.out.tfevents.${seconds}.${hostname().replace(/[^\w.-]/g, '_') || 'sightline'}`)
    const bytes = known === undefined ? new Uint8Array() : await readFile(path)
    const whole = bytesUntil(bytes, kept)
    if (whole < bytes.length) await truncate(path, whole)
    if (whole === 0) await appendFile(path, framed(event(Date.now() / 1000).text(3, VERSION).finish()))
    return new EventFile(path)
  }

  /** Adds one step's scalars. @param wallTime seconds since 1970 */
  async append(step: number, values: Readonly<Record<string, number>>, wallTime: number): Promise<void> {
    const summary = new ProtoWriter()
    for (const [tag, value] of Object.entries(values)) summary.message(1, new ProtoWriter().text(1, tag).float(2, value))
    await appendFile(this.#path, framed(event(wallTime).int(2, step).message(5, summary).finish()))
  }
}

function event(wallTime: number): ProtoWriter {
  return new ProtoWriter().double(1, wallTime)
}

function framed(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEAD + data.length + TAIL)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true)
  record.set(data, HEAD)
  view.setUint32(HEAD + data.length, maskedChecksum(data), true)
  return record
}

/** How many bytes hold whole records of steps up to `kept`: what a kill cut short and what is about to be repeated goes. */
function bytesUntil(bytes: Uint8Array, kept: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + HEAD <= bytes.length) {
    const length = Number(view.getBigUint64(at, true))
    const end = at + HEAD + length + TAIL
    if (end > bytes.length || stepOf(bytes.subarray(at + HEAD, at + HEAD + length)) > kept) break
    at = end
  }
  return at
}

/** The step of an event this program wrote: a double (wall time, 9 bytes) comes first, then field 2 as a varint, if there is one. */
function stepOf(data: Uint8Array): number {
  const STEP_TAG = (2 << 3) | 0
  if (data[9] !== STEP_TAG) return 0
  let step = 0
  for (let at = 10, unit = 1; at < data.length; at++, unit *= 128) {
    const byte = data[at] ?? 0
    step += (byte & 127) * unit
    if (byte < 128) break
  }
  return step
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

/** CRC-32C (Castagnoli), rotated and offset as TFRecords want it. */
export function maskedChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 255] ?? 0)
  crc = ~crc >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
