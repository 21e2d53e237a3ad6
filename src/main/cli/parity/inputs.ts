import { SightlineError } from '#shared/domain/errors.ts'
import type { PatchedImage } from '../../model/patches.ts'
import type { TokenSample } from '../../model/sequence.ts'
import type { VisionLanguageConfig } from '../../model/config.ts'
import type { SafetensorsFile } from '../../runtime/safetensors.ts'

/** One row of a case without its padding. */
export interface CaseRow {
  readonly ids: Int32Array
  /** Column of each id in the padded [B, T] of the file. */
  readonly columns: Int32Array
  /** What each id should be predicted as; -100 where nothing is asked. */
  readonly labels: Int32Array
  readonly images: readonly PatchedImage[]
  /** First column whose label the model cannot be asked for: it lies on padding, or is predicted from it. */
  readonly stray: number | null
}

/** A case's inputs as rows; padding may be on either side. */
export interface CaseInputs {
  readonly rows: readonly CaseRow[]
  /** Columns of the padded file. */
  readonly width: number
}

const IGNORED = -100

/** Reads `input_ids`, `attention_mask`, `labels`, `pixel_values`, `image_grid_thw`; all but the first may be missing. */
export async function readInputs(file: SafetensorsFile, { vision, ids: special }: VisionLanguageConfig): Promise<CaseInputs> {
  const [count = 0, width = 0] = file.info('input_ids').shape
  const optional = async (name: string): Promise<Int32Array | null> => (file.names.includes(name) ? await file.readIntegers(name) : null)
  const ids = await file.readIntegers('input_ids')
  const mask = await optional('attention_mask') ?? new Int32Array(count * width).fill(1)
  const labels = await optional('labels') ?? new Int32Array(count * width).fill(IGNORED)
  const grids = await optional('image_grid_thw') ?? new Int32Array(0)
  const images = grids.length === 0 ? [] : cut(await file.read('pixel_values'), grids, vision.mergeSize, file)
  const waiting = [...images]
  const rows = Array.from({ length: count }, (_, row): CaseRow => {
    const columns = Int32Array.from(mask.subarray(row * width, (row + 1) * width).keys()).filter((t) => mask[row * width + t] !== 0)
    const own = columns.map((t) => ids[row * width + t] ?? 0)
    const first = columns[0] ?? 0
    const stray = labels.subarray(row * width, (row + 1) * width).findIndex((label, t) => label !== IGNORED && t > 0 && (t <= first && first > 0 || mask[row * width + t] === 0))
    return { ids: own, columns, labels: columns.map((t) => labels[row * width + t] ?? IGNORED), images: takeImages(own, waiting, special.imagePad), stray: stray < 0 ? null : stray }
  })
  if (waiting.length > 0) throw new SightlineError('bad_input', `${images.length} pictures given, the rows hold placeholders for ${images.length - waiting.length}`, { where: file.path })
  return { rows, width }
}

/** Rows as samples whose targets are the labelled ids. */
export function labelled({ rows }: CaseInputs): TokenSample[] {
  return rows.map(({ ids, labels, images }) => ({ ids, images, loss: Float32Array.from(labels, (label, t) => (label === IGNORED || t === 0 ? 0 : 1)) }))
}

/** Rows as samples with every id a target, for passes that look at each place; one more id follows, which none before it sees. */
export function everywhere({ rows }: CaseInputs): TokenSample[] {
  return rows.map(({ ids, images }) => ({ ids: Int32Array.of(...ids, 0), images, loss: new Float32Array(ids.length + 1).fill(1) }))
}

/** Pictures from concatenated patches [P, patch] and grids [n, 3]. */
function cut(pixels: Float32Array, grids: Int32Array, mergeSize: number, file: SafetensorsFile): PatchedImage[] {
  const length = file.info('pixel_values').shape[1] ?? 0
  let at = 0
  const images = Array.from({ length: grids.length / 3 }, (_, i): PatchedImage => {
    const grid = [grids[3 * i] ?? 0, grids[3 * i + 1] ?? 0, grids[3 * i + 2] ?? 0] as const
    const patches = grid[0] * grid[1] * grid[2]
    return { patches: pixels.slice(at, (at += patches * length)), grid, tokens: patches / mergeSize ** 2 }
  })
  if (at !== pixels.length) throw new SightlineError('bad_input', `pixel_values has ${pixels.length / length} rows, the grids ask for ${at / length}`, { where: file.path })
  return images
}

/** The next pictures of `waiting`, as many as `ids` has placeholders for; adjacent pictures may share a run. */
function takeImages(ids: Int32Array, waiting: PatchedImage[], imagePad: number): PatchedImage[] {
  const taken: PatchedImage[] = []
  let places = ids.reduce((sum, id) => sum + (id === imagePad ? 1 : 0), 0)
  while (places > 0) {
    const image = waiting.shift()
    if (!image) throw new SightlineError('bad_input', `There are ${places} picture placeholders more than the given pictures fill`)
    places -= image.tokens
    taken.push(image)
  }
  return taken
}
