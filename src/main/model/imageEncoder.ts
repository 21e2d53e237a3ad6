import { Graph } from '#main/onnx/graph.ts'
import type { AnyTensor } from '../runtime/deviceTensor.ts'
import { floatData } from '../runtime/tensor.ts'
import { visionFeeds, visionTower } from './families/vision.ts'
import type { PatchedImage } from './patches.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Patches of one run of the tower. */
const RUN_PATCHES = 16384

/** Visual features by image, each distinct image encoded once; valid for the weights it was made with. */
export class ImageEncoder {
  readonly #model: VisionLanguageModel
  readonly #known = new WeakMap<PatchedImage, Float32Array>()

  constructor(model: VisionLanguageModel) {
    this.#model = model
  }

  /** Features [tokens, outWidth] of every image. */
  async encode(images: readonly PatchedImage[]): Promise<Map<PatchedImage, Float32Array>> {
    const missing = [...new Set(images)].filter((image) => !this.#known.has(image))
    for (let from = 0; from < missing.length; ) {
      const run: PatchedImage[] = []
      let patches = 0
      for (const image of missing.slice(from)) {
        patches += image.grid[0] * image.grid[1] * image.grid[2]
        if (run.length > 0 && patches > RUN_PATCHES) break
        run.push(image)
      }
      await this.#encodeRun(run)
      from += run.length
    }
    return new Map(images.map((image) => [image, this.#known.get(image) as Float32Array]))
  }

  async #encodeRun(images: readonly PatchedImage[]): Promise<void> {
    const { vision } = this.#model.config
    const features = this.#model.settings.blockwise ? await this.#model.blocks.encode(images) : await this.#features(images)
    let row = 0
    for (const image of images) {
      this.#known.set(image, features.slice(row * vision.outWidth, (row + image.tokens) * vision.outWidth))
      row += image.tokens
    }
  }

  /** Features [tokens of all, outWidth] by the whole tower in one graph. */
  async #features(images: readonly PatchedImage[]): Promise<Float32Array> {
    const { acting, config: { vision } } = this.#model
    const session = await this.#model.sessions.get('vision', () => {
      const graph = new Graph()
      graph.output('features', visionTower(graph, vision, acting.inputs(graph)))
      return graph
    })
    const outputs = await session.run(new Map<string, AnyTensor>([...await acting.tensors(), ...visionFeeds(images, vision)]))
    return floatData(outputs, 'features')
  }
}
