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
    return this.at('shape-row').evaluateAll((rows) => rows.map((row) => {
      const { kind = '', label = '', numbers = '' } = (row as HTMLElement).dataset
      return { kind, label, numbers: numbers.split(' ').map(Number) as [number, number, number, number] }
    }))
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

  /** Numbers of the chosen shape as the fields show them. */
  async fields(space: 'source' | 'model' | 'perMille'): Promise<number[]> {
    return Promise.all(['x1', 'y1', 'x2', 'y2'].map(async (place) => Number(await this.at(`number-${space}-${place}`).inputValue())))
  }

  async setField(space: 'source' | 'model' | 'perMille', place: string, value: number): Promise<void> {
    const field = this.at(`number-${space}-${place}`)
    await field.fill(String(value))
    await field.press('Tab')
  }

  /** A click on the picture, in model pixels. */
  async click(x: number, y: number): Promise<void> {
    const at = await this.toScreen(x, y)
    await this.page.mouse.click(at.x, at.y)
  }

  /** Waits until the shapes of the step fit. */
  async until(what: (shapes: ShapeNumbers[]) => boolean): Promise<ShapeNumbers[]> {
    for (let tries = 0; tries < 200; tries++) {
      const shapes = await this.shapes()
      if (what(shapes)) return shapes
      await this.page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(resolve) }))
    }
    throw new Error(`the shapes are ${JSON.stringify(await this.shapes())}`)
  }

  async show(name: string, on: boolean): Promise<void> {
    await this.at('layers').click()
    await this.at(`show-${name}`).setChecked(on)
    await this.at('layers').click()
  }

  async openAddress(origin: string, id: string): Promise<void> {
    if (this.page.url() !== 'about:blank') {
      // A page still on its way to its first place would go there over this address; one that stores an edit follows it to its version.
      await this.page.locator('[data-testid^=page-]').first().waitFor()
      await this.at('status-saved').and(this.page.locator('[data-status=idle], [data-status=saved]')).waitFor()
    }
    await this.page.goto(`${origin}/#/review/${id}`)
    await this.page.locator(`[data-testid=canvas-panel][data-path="${id}"]`).waitFor()
    await this.ready()
  }

  /** Keys pressed before a path and its history are there go nowhere; the buttons tell. */
  async undo(): Promise<void> {
    await this.page.locator('[data-testid=undo]:enabled').waitFor()
    await this.page.keyboard.press('Control+z')
  }

  async redo(): Promise<void> {
    await this.page.locator('[data-testid=redo]:enabled').waitFor()
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
