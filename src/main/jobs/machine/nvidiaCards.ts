import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { CardReading } from '#shared/domain/machine.ts'
import type { CardSource } from './cardSource.ts'

const PROGRAM = 'nvidia-smi'
/** One line a card, again every second. */
const ARGUMENTS = ['--query-gpu=index,name,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits', '-l', '1']
const MEBIBYTE = 2 ** 20

/** Cards whose maker's driver brings a program that tells of them: one child for as long as anyone looks. */
export class NvidiaCards implements CardSource {
  readonly #cards = new Map<number, CardReading>()
  readonly #command: readonly [program: string, ...rest: string[]]
  #child: ChildProcess | null = null
  #asked = false

  constructor(command: readonly [string, ...string[]] = [PROGRAM, ...ARGUMENTS]) {
    this.#command = command
  }

  read(): Promise<readonly CardReading[] | null> {
    if (!this.#asked) this.#start()
    return Promise.resolve(this.#cards.size === 0 ? null : [...this.#cards.values()])
  }

  close(): void {
    this.#child?.kill()
    this.#asked = false
    this.#cards.clear()
  }

  #start(): void {
    this.#asked = true
    const [program, ...rest] = this.#command
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true })
    this.#child = child
    // Not there, or it ended: what it told last is no longer so. It is not asked again before the next look.
    const gone = (): void => {
      if (this.#child === child) this.#cards.clear()
    }
    child.on('error', gone)
    child.on('close', gone)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const card = cardOf(line)
      if (card !== null && this.#child === child) this.#cards.set(card.index, card.reading)
    })
  }
}

/** `0, NVIDIA H100, 34, 1024, 81559`: load in per cent, memory in MiB; what a card does not support is in brackets. */
function cardOf(line: string): { index: number; reading: CardReading } | null {
  const fields = line.split(',').map((field) => field.trim())
  const [index, name, busy, used, total] = fields
  if (fields.length !== 5 || index === undefined || name === undefined || !/^\d+$/.test(index)) return null
  const [percent, usedMebibytes, totalMebibytes] = [busy, used, total].map(numberOf)
  const bytes = (mebibytes: number | null | undefined): number | null => mebibytes === null || mebibytes === undefined ? null : mebibytes * MEBIBYTE
  return {
    index: Number(index),
    reading: { name: `${name} (${index})`, busy: percent === null || percent === undefined ? null : Math.min(1, percent / 100), usedBytes: bytes(usedMebibytes), totalBytes: bytes(totalMebibytes) }
  }
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null
}
