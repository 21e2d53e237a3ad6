import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { z } from 'zod'

const KEY = 'sightline.canvas'

const Settings = z.object({
  /** Gestures snap to corners, edges, centres and ends. */
  snapping: z.boolean().catch(true),
  crosshair: z.boolean().catch(false),
  magnifier: z.boolean().catch(false),
  minimap: z.boolean().catch(true),
  /** The picture as the model saw it, beside the canvas. */
  modelView: z.boolean().catch(true),
  /** Several given pictures next to each other. */
  sideBySide: z.boolean().catch(false),
  /** Hide what the picture carried before this step. */
  onlyStep: z.boolean().catch(false),
  /** Shapes as the model drew them, also those a person changed or removed since. */
  modelLayer: z.boolean().catch(true),
  /** Shapes a person drew or changed. */
  humanLayer: z.boolean().catch(true),
  /** Turns are shown as they were written too. */
  asWritten: z.boolean().catch(false),
  /** What the heat of a turn's tokens tells. */
  tokenShade: z.enum(['logProb', 'entropy']).catch('logProb'),
  opacity: z.number().min(0.1).max(1).catch(1)
})
export type CanvasSettings = z.infer<typeof Settings>
/** Settings that are on or off. */
export type CanvasSwitch = { [K in keyof CanvasSettings]: CanvasSettings[K] extends boolean ? K : never }[keyof CanvasSettings]

/** How this browser's user likes the canvas; never part of a project. */
export const useCanvasSettings = defineStore('canvasSettings', () => {
  const settings = ref(read())
  watch(settings, (now) => { localStorage.setItem(KEY, JSON.stringify(now)) }, { deep: true })
  return { settings, toggle: (name: CanvasSwitch) => { settings.value[name] = !settings.value[name] } }
})

function read(): CanvasSettings {
  try {
    return Settings.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return Settings.parse({})
    throw error
  }
}
