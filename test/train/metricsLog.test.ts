import { appendFile, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { MetricsLog } from '#main/train/metricsLog.ts'
import { maskedChecksum } from '#main/train/tensorBoard.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'metrics-'))
})

interface Told { step: number; values: Record<string, number>; version: string | null }

/** A reader of its own, by the published formats: TFRecords, each an Event of protocol-buffer fields. */
async function eventsIn(path: string): Promise<Told[]> {
  const bytes = await readFile(path)
  const told: Told[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedChecksum(bytes.subarray(at, at + 8)))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedChecksum(data))
    told.push(eventOf(data))
    at += 12 + length + 4
  }
  return told
}

function eventOf(data: Buffer): Told {
  const fields = fieldsOf(data)
  const summary = fields.get(5)?.[0]
  const values = summary instanceof Buffer ? (fieldsOf(summary).get(1) ?? []).map((value) => {
    const parts = fieldsOf(value as Buffer)
    return [String(parts.get(1)?.[0]), (parts.get(2) as [Buffer])[0].readFloatLE()] as const
  }) : []
  return { step: Number(fields.get(2)?.[0] ?? 0), values: Object.fromEntries(values), version: fields.has(3) ? String(fields.get(3)?.[0]) : null }
}

function fieldsOf(data: Buffer): Map<number, (Buffer | number)[]> {
  const fields = new Map<number, (Buffer | number)[]>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let unit = 1; ; unit *= 128) {
      const byte = data[at++] as number
      value += (byte & 127) * unit
      if (byte < 128) return value
    }
  }
  const bytes = (length: number): Buffer => data.subarray(at, at += length)
  while (at < data.length) {
    const tag = varint()
    const type = tag & 7
    const value = type === 0 ? varint() : type === 1 ? bytes(8) : type === 5 ? bytes(4) : bytes(varint())
    fields.set(tag >> 3, [...fields.get(tag >> 3) ?? [], value])
  }
  return fields
}

async function eventFile(): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.includes('tfevents'))
  expect(names).toHaveLength(1)
  return join(folder, names[0] ?? '')
}

async function write(steps: readonly number[], kept: number): Promise<MetricsLog> {
  const log = await MetricsLog.open(folder, kept)
  for (const step of steps) log.append({ step, seconds: 1, values: { loss: 1 / step, reward: step } })
  await log.flushed()
  return log
}

const jsonSteps = async (): Promise<number[]> => (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')
  .map((line) => (JSON.parse(line) as { step: number }).step)

describe('the numbers beside the database', () => {
  it('are lines of JSON and TensorBoard scalars', async () => {
    await write([1, 2, 300], 0)
    expect(await readFile(join(folder, 'metrics.jsonl'), 'utf8')).toContain('{"step":2,"seconds":1,"values":{"loss":0.5,"reward":2}}\n')
    const [heading, ...steps] = await eventsIn(await eventFile())
    expect(heading).toMatchObject({ version: 'brain.Event:2', values: {} })
    expect(steps).toEqual([
      { step: 1, values: { loss: 1, reward: 1 }, version: null }, { step: 2, values: { loss: 0.5, reward: 2 }, version: null },
      { step: 300, values: { loss: Math.fround(1 / 300), reward: 300 }, version: null }
    ])
  })

  it('hold no step twice after a run goes on from before its last', async () => {
    await write([1, 2, 3, 4], 0)
    await write([3, 4, 5], 2)
    expect(await jsonSteps()).toEqual([1, 2, 3, 4, 5])
    expect((await eventsIn(await eventFile())).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('lose what a kill cut short', async () => {
    await write([1, 2, 3], 0)
    const path = await eventFile()
    await appendFile(path, (await readFile(path)).subarray(0, 30))
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":4,"sec')
    await write([4], 3)
    expect(await jsonSteps()).toEqual([1, 2, 3, 4])
    expect((await eventsIn(path)).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4])
  })

  it('score a stretch by its mean reward, or by its loss where there is no reward', async () => {
    const log = await write([1, 2, 3], 0)
    expect(log.score(1)).toBe(2.5)
    const supervised = await MetricsLog.open(join(folder, 'other'), 0)
    expect(supervised.score(0)).toBeUndefined()
    supervised.append({ step: 1, seconds: 1, values: { loss: 3 } })
    expect(supervised.score(0)).toBe(-3)
  })
})

it('the checksum is CRC-32C as published (RFC 3720, B.4), masked', () => {
  const unmasked = (value: number): number => {
    const rotated = (value - 0xa282ead8) >>> 0
    return ((rotated >>> 17) | (rotated << 15)) >>> 0
  }
  expect(unmasked(maskedChecksum(new Uint8Array(32)))).toBe(0x8a9136aa)
  expect(unmasked(maskedChecksum(new Uint8Array(32).fill(0xff)))).toBe(0x62a8ab43)
  expect(unmasked(maskedChecksum(Uint8Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e)
})
