import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { readDataset } from '#main/engine/dataset.ts'

async function fileOf(lines: readonly string[]): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'dataset-')), 'dataset.jsonl')
  await writeFile(file, lines.join('\n'))
  return file
}

function line(id: string, index: number): string {
  const item: DatasetItem = DatasetItem.parse({
    id, task: 'maze', split: 'train', dataType: 'image', questionType: 'multipleChoice', question: `Question ${index}`, options: null, answer: 'A',
    images: [{ blob: 'a'.repeat(64), width: 112, height: 112, mime: 'image/png', origin: { kind: 'generated', generator: 'maze' } }],
    truth: [], tags: [], origin: { kind: 'synthetic', generator: 'maze', seed: 1, index }, createdAt: '2026-01-01T00:00:00.000Z'
  })
  return JSON.stringify({ item, trajectories: [] })
}

test('the order is that of the items’ making, whatever their ids and lines', async () => {
  const one = await readDataset(await fileOf([line('c', 10), line('a', 2), line('b', 1)]))
  const other = await readDataset(await fileOf([line('x', 2), line('z', 1), line('y', 10)]))
  expect(one.map(({ item }) => item.question)).toEqual(['Question 1', 'Question 2', 'Question 10'])
  expect(other.map(({ item }) => item.question)).toEqual(one.map(({ item }) => item.question))
})

test('a line that cannot be read is named', async () => {
  await expect(readDataset(await fileOf([line('a', 1), '{"item":']))).rejects.toMatchObject({ code: 'unreadable_file', where: expect.stringMatching(/, line 2$/) as string })
  await expect(readDataset(await fileOf(['{"item": {}, "trajectories": []}']))).rejects.toMatchObject({ code: 'unreadable_file' })
})

test('data without items, or no data, is refused with what to do', async () => {
  await expect(readDataset(await fileOf(['', '']))).rejects.toMatchObject({ code: 'bad_input' })
  await expect(readDataset('/nowhere/dataset.jsonl')).rejects.toMatchObject({ code: 'unreadable_file' })
})
