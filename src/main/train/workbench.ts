import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { PixelLimits } from '#shared/domain/samplingLimits.ts'
import type { DrawStyle } from '#shared/geometry/drawStyle.ts'
import { resizeBicubic } from '../model/bicubic.ts'
import { patchify } from '../model/patches.ts'
import type { PatchedImage } from '../model/patches.ts'
import type { Policy } from '../model/policy.ts'
import { withPixelLimits, type ProcessorConfig } from '../model/processor.ts'
import type { TokenSample } from '../model/sequence.ts'
import type { PromptPreset } from '../rollout/prompt.ts'
import { Phases } from './phases.ts'
import type { Pictures } from './pictures.ts'
import type { EncodedPath, PathEncoder, ShownPicture } from './samples.ts'

/** Patches of pictures kept between batches at most (a 112 px picture has 64 rows of 1176 floats: 0.3 MB). */
const CACHED_PICTURES = 512

/** What every job works with: the policy under work, how questions are put and drawn, and a way to pixels. */
export class Workbench {
  readonly policy: Policy
  readonly checkpoint: Checkpoint
  readonly preset: PromptPreset
  readonly style: DrawStyle
  readonly pictures: Pictures
  /** The checkpoint's, with the area limits of this job. */
  readonly processor: ProcessorConfig
  /** Where the time of a step goes. */
  readonly phases = new Phases()
  readonly #patches = new Map<string, PatchedImage>()

  constructor(parts: { policy: Policy; checkpoint: Checkpoint; preset: PromptPreset; style: DrawStyle; pictures: Pictures; pixels?: PixelLimits | null }) {
    this.policy = parts.policy
    this.checkpoint = parts.checkpoint
    this.preset = parts.preset
    this.style = parts.style
    this.pictures = parts.pictures
    this.processor = withPixelLimits(parts.policy.processor, parts.pixels ?? null)
  }

  get encoder(): PathEncoder {
    return { tokenizer: this.policy.tokenizer, processor: this.processor, preset: this.preset, learnStop: true, maskMistakes: false }
  }

  /** The paths of a batch with their pictures as patches; one picture used twice is the same object twice, whatever was kept from earlier batches. */
  async samples(paths: readonly EncodedPath[]): Promise<TokenSample[]> {
    const shown = new Map<string, Promise<PatchedImage>>()
    const once = (picture: ShownPicture): Promise<PatchedImage> => {
      const key = `${picture.ref.blob} ${picture.width}x${picture.height}`
      const patched = shown.get(key) ?? this.#patched(picture, key)
      shown.set(key, patched)
      return patched
    }
    return await Promise.all(paths.map(async ({ ids, loss, pictures }) => ({ ids, loss, images: await Promise.all(pictures.map(once)) })))
  }

  async #patched({ ref, width, height }: ShownPicture, key: string): Promise<PatchedImage> {
    const known = this.#patches.get(key)
    if (known !== undefined) return known
    // At the size the path was made with, whatever this job's own limits are: its coordinates and tokens belong to it.
    const raw = await this.pictures.raw(ref)
    const shown = raw.width === width && raw.height === height ? raw : resizeBicubic(raw, width, height)
    const patched = patchify(shown, this.processor)
    this.#patches.set(key, patched)
    for (const oldest of this.#patches.keys()) {
      if (this.#patches.size <= CACHED_PICTURES) break
      this.#patches.delete(oldest)
    }
    return patched
  }
}
