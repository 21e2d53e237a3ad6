import { join } from 'node:path'
import { BlobStore } from '../blobs/blobStore.ts'
import { loadDrawStyle } from '../image/canvas.ts'
import { Policy } from '../model/policy.ts'
import { loadPromptPreset } from '../rollout/prompt.ts'
import { Pictures } from '../train/pictures.ts'
import { Workbench } from '../train/workbench.ts'
import { blockwiseSettings } from './blockwiseChoice.ts'
import type { BenchJob } from './protocol.ts'

/** Opens everything a job works with: checkpoint, prompt, drawing style, pictures. */
export async function openBench(job: BenchJob): Promise<Workbench> {
  return new Workbench({
    policy: await Policy.open(join(job.projectFolder, job.checkpoint.folder), { threads: job.threads, device: job.device ?? 'cpu', ...(job.largestBuffer === undefined ? {} : { largestBuffer: job.largestBuffer }), ...await blockwiseSettings(job) }),
    checkpoint: job.checkpoint,
    preset: loadPromptPreset(job.prompt),
    style: loadDrawStyle(job.drawStyle),
    pixels: job.pixels ?? null,
    pictures: new Pictures(new BlobStore(join(job.projectFolder, 'blobs')))
  })
}
