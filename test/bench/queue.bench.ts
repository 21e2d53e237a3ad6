// From a verdict's key to the next path's picture on the screen, in the real studio in Chromium, on a large project: idle, and
// while a training run of the embedded model samples and stores paths. `node test/bench/queue.bench.ts [items] [paths] [verdicts]`
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { encodePng } from '#main/image/codec.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import { openBrowser } from '../browser.ts'
import { QueuePage } from '../e2e/pages/queuePage.ts'
import { clientOf, untilStep } from '../e2e/programClient.ts'
import { buildRenderer } from '../e2e/builtRenderer.ts'
import { killProgram, startProgram } from '../e2e/reviewProject.ts'
import { testWorkshop } from '../jobs/workshop.ts'
import { fillItems, fillPaths } from './largeProject.ts'
import { PageWork, processorMs } from './workDone.ts'

const [itemCount = 100_000, pathCount = 250_000, verdicts = 60] = process.argv.slice(2).map(Number)
const SIZE = { width: 644, height: 476 }
/** Different pictures, more than the studio keeps at hand. */
const PICTURES = 48
/** What a quick person takes to look; shorter, the next path may not be there yet. */
const LOOK_MS = 300
/** A task of its own for the run to sample, apart from the questions under review. */
const TRAINED = { generator: 'relation', count: 32, seed: 9, split: 'train', teacherPaths: false, reflectiveShare: 0 } as const

async function makeProject(): Promise<string> {
  const test = await testWorkshop()
  const { project } = test.workshop
  const random = Random.seeded(3, 'queue bench')
  const noise = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, () => random.integer(0, 30))
  const pictures: ImageRef[] = []
  for (let i = 0; i < PICTURES; i++) {
    const data = noise.map((value, at) => value + ((at * (i + 3)) >> 4))
    const blob = await project.blobs.put(await encodePng({ ...SIZE, data }), 'image/png')
    pictures.push({ blob, ...SIZE, mime: 'image/png', origin: { kind: 'file', name: `${i}.png` } })
  }
  const at = (place: number): ImageRef => pictures[place % PICTURES] as ImageRef
  const items = fillItems(project, { count: itemCount, picture: at }, random)
  const drawn = { sourceIndex: 1, newIndex: 2, image: { ...at(7), origin: { kind: 'drawn' as const } }, shapes: [] }
  fillPaths(project, items, { count: pathCount, size: SIZE, drawn }, random)
  await runGenerating(test.workshop, { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }, { ...TRAINED })
  await test.workshop.runner.close()
  await test.workshop.similar.close()
  project.close()
  return test.folder
}

/** Milliseconds from the key: another path's panel is there, its picture is, and that has been painted. */
type Taken = readonly [path: number, picture: number, painted: number]

/** Notes when a key goes down and when another path's picture was painted after it. */
async function arm(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shown = (): string => {
      const panel = document.querySelector<HTMLElement>('[data-testid=canvas-panel]')?.dataset['path']
      const picture = document.querySelector<HTMLElement>('[data-testid=canvas]')?.dataset['picture']
      return `${panel} ${picture}`
    }
    const before = shown().split(' ')
    Object.assign(window, { taken: new Promise<number[]>((resolve) => {
      window.addEventListener('keydown', ({ timeStamp }) => {
        let path = NaN
        const since = (): number => performance.now() - timeStamp
        const look = (): void => {
          const now = shown().split(' ')
          if (now[0] !== before[0] && Number.isNaN(path)) path = since()
          if (now[0] === before[0] || now[1] === before[1]) requestAnimationFrame(look)
          else {
            const picture = since()
            // Decoded, and the frame after the one that was drawn with the picture in place.
            void document.querySelector<HTMLImageElement>('[data-testid=canvas] img.picture')?.decode()
              .then(() => requestAnimationFrame(() => { resolve([path, picture, since()]) }))
          }
        }
        look()
      }, { capture: true, once: true })
    }) })
  })
}

async function judge(page: Page, key: string): Promise<Taken> {
  await arm(page)
  await page.keyboard.press(key)
  return page.evaluate(() => (window as unknown as { taken: Promise<Taken> }).taken)
}

async function measure(page: Page, what: string, keys: readonly string[], pause: number): Promise<void> {
  const taken: Taken[] = []
  const work = await PageWork.of(page)
  const [before, own] = [await work.sum(), processorMs(program.pid)]
  for (let i = 0; i < verdicts; i++) {
    taken.push(await judge(page, keys[i % keys.length] ?? 'a'))
    if (pause > 0) await page.waitForTimeout(pause)
  }
  const at = (phase: 0 | 1 | 2, share: number): string => {
    const times = taken.map((times) => times[phase]).sort((a, b) => a - b)
    return (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN).toFixed(0)
  }
  console.log(`${what.padEnd(64)} median ${at(2, 0.5)} ms, 95 % under ${at(2, 0.95)} ms, longest ${at(2, 1)} ms (${taken.length} keys)`)
  const after = await work.sum()
  const each = (total: number): string => (total / taken.length).toFixed(1)
  console.log(`  path there: ${at(0, 0.5)}, ${at(0, 0.95)} ms; its picture: ${at(1, 0.5)}, ${at(1, 0.95)} ms; a key: program ${each(processorMs(program.pid) - own)} ms, page ${each(after.ms - before.ms)} ms of processor, ${each(after.layouts - before.layouts)} layouts, ${each(after.requests - before.requests)} requests`)
}

const rendererFolder = await mkdtemp(join(tmpdir(), 'sightline-queue-bench-'))
const began = performance.now()
const folder = await makeProject()
console.log(`${itemCount} items, ${pathCount} paths of 4 steps, made in ${((performance.now() - began) / 1000).toFixed(0)} s`)
await buildRenderer(rendererFolder)
const { url, program } = await startProgram(folder, rendererFolder)
const browser = await openBrowser({ width: 1600, height: 1000 })
try {
  const page = await browser.newPage()
  const review = new QueuePage(page)
  await review.open(url)
  await review.go('review')
  await review.settled()
  await review.reviewAs('ann')
  await review.queue('Not judged')
  console.log(`queue: ${JSON.stringify(await review.position())}, ${await page.evaluate('navigator.userAgent')}`)
  await measure(page, 'a key every 0.3 s', ['a', 'x', 's'], LOOK_MS)
  await measure(page, 'the next key as soon as the path is shown', ['a', 'x', 's'], 0)
  await measure(page, 'back through what was judged', ['w'], LOOK_MS)
  const client = clientOf(url)
  const [base] = await client.models.list()
  const settings = { stage: 'grpo' as const, config: { steps: 10_000, promptsPerStep: 4, groupSize: 4 } }
  const { jobId } = await client.training.start({ settings, preset: null, startCheckpointId: base?.id ?? '', tasks: [TRAINED.generator], prompt: 'pocket', drawStyle: 'pocket' })
  await untilStep(client, jobId, 1)
  await measure(page, 'a key every 0.3 s while a run trains', ['a', 'x', 's'], LOOK_MS)
  await measure(page, 'the next key as soon as the path is shown, while a run trains', ['a', 'x', 's'], 0)
} finally {
  await browser.close()
  await killProgram(program)
  await rm(folder, { recursive: true, force: true })
  await rm(rendererFolder, { recursive: true, force: true })
}
