import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import type { PixelLimits } from '#shared/domain/samplingLimits.ts'
import type { RawImage } from '../image/rawImage.ts'
import { resizeBicubic } from './bicubic.ts'
import { patchify } from './patches.ts'
import type { PatchedImage, PatchSettings } from './patches.ts'
import { smartResize } from './smartResize.ts'
import type { ResizeLimits, Size } from './smartResize.ts'

/** What `preprocessor_config.json` fixes; `minPixels` and `maxPixels` may be narrowed by a preset. */
export interface ProcessorConfig extends PatchSettings {
  readonly minPixels: number
  readonly maxPixels: number
}

const Colour = z.tuple([z.number(), z.number(), z.number()])
const Side = z.int().positive().max(1024)

const ProcessorFile = z.looseObject({
  min_pixels: z.int().positive().nullish(),
  max_pixels: z.int().positive().nullish(),
  size: z.looseObject({ shortest_edge: z.int().positive().nullish(), longest_edge: z.int().positive().nullish() }).nullish(),
  patch_size: Side,
  temporal_patch_size: z.int().positive().max(64),
  merge_size: z.int().positive().max(64),
  image_mean: Colour,
  image_std: Colour.refine((std) => std.every((value) => value > 0), 'must be above zero'),
  rescale_factor: z.number().positive().default(1 / 255),
  resample: z.literal(3, 'only bicubic (3) is supported').default(3),
  do_resize: z.literal(true).default(true),
  do_rescale: z.literal(true).default(true),
  do_normalize: z.literal(true).default(true)
})

/**
 * Reads `preprocessor_config.json` (area limits as min_pixels/max_pixels or as size.shortest_edge/longest_edge).
 * Throws `bad_checkpoint` naming the first missing or wrong key.
 */
export function readProcessorConfig(json: unknown, where = 'preprocessor_config.json'): ProcessorConfig {
  const parsed = ProcessorFile.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw wrongKey(where, issue?.path.map(String).join('.') ?? '', issue?.message ?? 'wrong')
  }
  const file = parsed.data
  const minPixels = file.min_pixels ?? file.size?.shortest_edge
  const maxPixels = file.max_pixels ?? file.size?.longest_edge
  if (minPixels === null || minPixels === undefined) throw wrongKey(where, 'min_pixels', 'missing')
  if (maxPixels === null || maxPixels === undefined) throw wrongKey(where, 'max_pixels', 'missing')
  if (minPixels > maxPixels) throw wrongKey(where, 'min_pixels', `${minPixels} is above max_pixels ${maxPixels}`)
  return {
    minPixels, maxPixels, patchSize: file.patch_size, temporalPatchSize: file.temporal_patch_size, mergeSize: file.merge_size,
    mean: file.image_mean, std: file.image_std, rescaleFactor: file.rescale_factor
  }
}

/** The `preprocessor_config.json` of a processor, as transformers writes it. */
export function writeProcessorConfig(config: ProcessorConfig): Record<string, unknown> {
  return {
    image_processor_type: 'Qwen2VLImageProcessor',
    processor_class: 'Qwen2_5_VLProcessor',
    do_convert_rgb: true, do_resize: true, do_rescale: true, do_normalize: true,
    resample: 3,
    rescale_factor: config.rescaleFactor,
    min_pixels: config.minPixels,
    max_pixels: config.maxPixels,
    patch_size: config.patchSize,
    temporal_patch_size: config.temporalPatchSize,
    merge_size: config.mergeSize,
    image_mean: config.mean,
    image_std: config.std
  }
}

/** A processor with the area limits of a preset, as far as its own leave room; null keeps its own. */
export function withPixelLimits(config: ProcessorConfig, wished: PixelLimits | null): ProcessorConfig {
  if (wished === null) return config
  const minPixels = Math.max(config.minPixels, wished.minPixels)
  const maxPixels = Math.min(config.maxPixels, wished.maxPixels)
  return minPixels <= maxPixels ? { ...config, minPixels, maxPixels } : config
}

/** Smart-resize limits of a processor. */
export function resizeLimits(config: ProcessorConfig): ResizeLimits {
  return { minPixels: config.minPixels, maxPixels: config.maxPixels, factor: config.patchSize * config.mergeSize }
}

/** Model pixels of a picture of this size. Throws `bad_input` above a side ratio of 200. */
export function modelSize(width: number, height: number, config: ProcessorConfig): Size {
  return smartResize(width, height, resizeLimits(config))
}

/** Visual tokens of a picture of this size. */
export function visualTokens(width: number, height: number, config: ProcessorConfig): number {
  const size = modelSize(width, height, config)
  const cell = config.patchSize * config.mergeSize
  return (size.width / cell) * (size.height / cell)
}

/** The picture at its model size; one that has it already comes back as it is. */
export function resizeToModel(image: RawImage, config: ProcessorConfig): RawImage {
  const { width, height } = modelSize(image.width, image.height, config)
  return width === image.width && height === image.height ? image : resizeBicubic(image, width, height)
}

/** Picture of any size to normalised patches: smart resize, bicubic, normalise, cut. A video frame is a picture. */
export function preprocess(image: RawImage, config: ProcessorConfig): PatchedImage {
  return patchify(resizeToModel(image, config), config)
}

function wrongKey(where: string, key: string, message: string): SightlineError {
  return new SightlineError('bad_checkpoint', `The processor's ${key}: ${message}`, {
    where, advice: "Use the checkpoint's own preprocessor_config.json"
  })
}
