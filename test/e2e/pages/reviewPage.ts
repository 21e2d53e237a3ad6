import { Studio } from './studio.ts'

export interface ShapeNumbers { kind: string; label: string; numbers: [number, number, number, number] }

export class ReviewPage extends Studio {
  async openPath(index: number): Promise<void> {
    await this.page.locator(`[data-testid=paths-row][data-index="${index}"]`).click()
    await this.ready()
  }

  /** The canvas shows its picture and is placed. */
  async ready(): Promise<void> {
    await this.page.locator('[data-testid=canvas][data-view]:not([data-view=""]):not([data-picture=""])').waitFor()
  }

  pathId(): string {
    return /#\/review\/([^?]+)/.exec(this.page.url())?.[1] ?? ''
  }

  async chooseStep(index: number): Promise<void> {
    await this.at('step').nth(index).locator('header').click()
  }

  /** The step's shapes as the table shows them. */
  async shapes(): Promise<ShapeNumbers[]> {
    const found: ShapeNumbers[] = []
    for (const row of await this.at('shape-row').all()) {
      const numbers = await Promise.all((['x1', 'y1', 'x2', 'y2'] as const).map(async (name) => Number(await row.getByTestId(`shape-${name}`).inputValue())))
      found.push({
        kind: (await row.getAttribute('data-kind')) ?? '', label: await row.getByTestId('shape-label').inputValue(),
        numbers: [numbers[0] ?? NaN, numbers[1] ?? NaN, numbers[2] ?? NaN, numbers[3] ?? NaN]
      })
    }
    return found
  }

  /** Model pixels to a place on the screen. */
  async toScreen(x: number, y: number): Promise<{ x: number; y: number }> {
    const canvas = this.at('canvas')
    const [zoom = 1, left = 0, top = 0] = ((await canvas.getAttribute('data-view')) ?? '').split(' ').map(Number)
    const box = await canvas.boundingBox()
    return { x: (box?.x ?? 0) + left + x * zoom, y: (box?.y ?? 0) + top + y * zoom }
  }

  /** A real drag with the mouse between two places given in model pixels. */
  async drag(from: [number, number], to: [number, number]): Promise<void> {
    const [a, b] = [await this.toScreen(...from), await this.toScreen(...to)]
    await this.page.mouse.move(a.x, a.y)
    await this.page.mouse.down()
    await this.page.mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2, { steps: 3 })
    await this.page.mouse.move(b.x, b.y, { steps: 3 })
    await this.page.mouse.up()
  }

  async drawBox(from: [number, number], to: [number, number]): Promise<void> {
    await this.at('tool-box').click()
    await this.drag(from, to)
  }

  async drawLine(from: [number, number], to: [number, number]): Promise<void> {
    await this.at('tool-line').click()
    await this.drag(from, to)
  }

  async undo(): Promise<void> {
    await this.page.keyboard.press('Control+z')
  }

  async redo(): Promise<void> {
    await this.page.keyboard.press('Control+Shift+z')
  }

  async markReflective(): Promise<void> {
    await this.at('mark-reflective').click()
  }

  async isReflective(): Promise<boolean> {
    return (await this.at('mark-reflective').getAttribute('data-reflective')) === 'true'
  }

  async versionCount(): Promise<number> {
    return Number(await this.at('versions').getAttribute('data-count'))
  }
}
