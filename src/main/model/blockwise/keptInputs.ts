import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import type { BlockInputs } from '#shared/domain/modelFacts.ts'
import { halfToFloat, MAX_HALF, floatToHalf } from '../../runtime/halfFloat.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'

/** Keeps the inputs of blocks going forward and hands them back in reverse order. */
export class KeptInputs {
  readonly #form: BlockInputs
  readonly #scratch: string
  #file: ScratchFile | null = null

  /** `scratch` is where a file may lie; default: the system's folder for such files. */
  constructor(form: BlockInputs, scratch = tmpdir()) {
    this.#form = form
    this.#scratch = scratch
  }

  /** What gives the tensor back, once; the one kept last goes first. */
  keep(x: HostTensor): () => HostTensor {
    if (!(x.data instanceof Float32Array)) throw new SightlineError('bad_graph', `the input of a block is ${x.dtype}`)
    const { shape, data } = x
    switch (this.#form) {
      case 'float32': return () => x
      case 'float16': {
        const narrow = scaledHalves(data, shape.at(-1) ?? 1)
        return () => floats(shape, fromScaledHalves(narrow, shape.at(-1) ?? 1))
      }
      case 'file': {
        const file = (this.#file ??= new ScratchFile(this.#scratch))
        file.push(data)
        return () => floats(shape, file.pop(data.length))
      }
    }
  }

  /** Removes the file. */
  close(): void {
    this.#file?.close()
    this.#file = null
  }
}

interface ScaledHalves {
  readonly patterns: Uint16Array
  /** A power of two for each row, in which it was divided; 1 where everything fits. */
  readonly scales: Float32Array
}

/** A few tokens of the released models have values beyond float16; such a row is divided by a power of two first. */
function scaledHalves(data: Float32Array, width: number): ScaledHalves {
  const scales = new Float32Array(data.length / width)
  let scaled: Float32Array | null = null
  for (let row = 0; row < scales.length; row++) {
    let largest = 0
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(data[i] as number))
    const scale = largest > MAX_HALF && Number.isFinite(largest) ? 2 ** Math.ceil(Math.log2(largest / MAX_HALF)) : 1
    scales[row] = scale
    if (scale === 1) continue
    scaled ??= data.slice()
    for (let i = row * width; i < (row + 1) * width; i++) scaled[i] = (data[i] as number) / scale
  }
  return { patterns: floatToHalf(scaled ?? data).patterns, scales }
}

function fromScaledHalves({ patterns, scales }: ScaledHalves, width: number): Float32Array {
  const data = halfToFloat(patterns)
  scales.forEach((scale, row) => {
    for (let i = row * width; scale !== 1 && i < (row + 1) * width; i++) data[i] = (data[i] as number) * scale
  })
  return data
}

/** A stack of floats in a file that is gone when this program is, however it ends (on Windows: when it is closed). */
class ScratchFile {
  readonly #folder: string
  readonly #descriptor: number
  #size = 0

  constructor(parent: string) {
    this.#folder = mkdtempSync(join(parent, 'sightline-blocks-'))
    this.#descriptor = openSync(join(this.#folder, 'inputs'), 'w+')
    if (process.platform !== 'win32') rmSync(this.#folder, { recursive: true })
  }

  push(data: Float32Array): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#size + done)
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause
      throw new SightlineError('disk_full', 'The disk cannot hold the inputs of the blocks', { where: this.#folder, advice: 'Free some space and continue the run', cause })
    }
    this.#size += bytes.length
  }

  pop(length: number): Float32Array {
    const data = new Float32Array(length)
    const bytes = new Uint8Array(data.buffer)
    this.#size -= bytes.length
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, this.#size + done)
      if (read === 0) throw new RangeError('the file of block inputs is shorter than what was written')
      done += read
    }
    return data
  }

  close(): void {
    closeSync(this.#descriptor)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
