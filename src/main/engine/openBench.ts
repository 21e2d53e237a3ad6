import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobStore } from '../blobs/blobStore.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { Policy } from '../model/policy.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { Pictures } from '../train/pictures.ts'
import { Workbench } from '../train/workbench.ts'
import { DatasetLine } from './protocol.ts'
import type { EngineJob } from './protocol.ts'

/** Opens everything a job works with: checkpoint, prompt, drawing style, pictures. */
export async function openBench(job: EngineJob): Promise<Workbench> {
  return new Workbench({
    policy: await Policy.open(join(job.projectFolder, job.checkpoint.folder), { threads: job.threads }),
    checkpoint: job.checkpoint,
    preset: loadPromptPreset(job.prompt),
    style: loadDrawStyle(job.drawStyle),
    pictures: new Pictures(new BlobStore(join(job.projectFolder, 'blobs')))
  })
}

/** Reads a job's frozen data. @throws SightlineError `unreadable_file` naming the line, `bad_input` when it holds nothing. */
export async function readDataset(file: string): Promise<DatasetLine[]> {
  if (!existsSync(file)) throw new SightlineError('unreadable_file', 'The frozen data of this job is gone', { where: file, advice: 'start the job again' })
  const lines: DatasetLine[] = []
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number++
    if (text.trim() === '') continue
    const parsed = DatasetLine.safeParse(jsonOf(text, file, number))
    if (!parsed.success) throw unreadable(file, number, parsed.error.issues[0]?.message ?? 'wrong form')
    lines.push(parsed.data)
  }
  if (lines.length === 0) {
    throw new SightlineError('bad_input', 'There are no items to work on', { where: file, advice: 'choose tasks and a split that hold items' })
  }
  return lines
}

function jsonOf(text: string, file: string, number: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable(file, number, error.message)
    throw error
  }
}

function unreadable(file: string, number: number, why: string): SightlineError {
  return new SightlineError('unreadable_file', `The frozen data of this job cannot be read: ${why}`, {
    where: `${file}, line ${number}`, advice: 'start the job again'
  })
}
