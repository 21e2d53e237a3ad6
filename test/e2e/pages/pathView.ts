import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { ReviewPage } from './reviewPage.ts'

/** The steps of a path, their pictures and their texts. */
export class PathView extends ReviewPage {
  async belowOptions(): Promise<string[]> {
    return this.at('below').locator('.el-segmented__item-label').allInnerTexts()
  }

  async showBelow(name: string): Promise<void> {
    await this.at('below').getByText(name, { exact: true }).click()
    await this.at('picture-graph').waitFor()
  }

  /** Edges of the graph, as from>to@step. */
  async edges(): Promise<string[]> {
    return this.at('graph-edge').evaluateAll((edges) => edges.map((edge) => (edge as SVGElement).dataset['edge'] ?? ''))
  }

  /** Waits until a step (from 1) is chosen and a picture is on the canvas. */
  async shows({ step, picture }: { step: number; picture: number }): Promise<void> {
    await this.page.locator(`[data-testid=steps] > li:nth-child(${step}) [data-testid=step][data-chosen=true]`).waitFor()
    await this.page.locator(`[data-testid=canvas][aria-label$="step ${step} on picture ${picture}"]`).waitFor()
  }

  async sideBySide(count: number): Promise<void> {
    await this.page.locator(`[data-testid=views][data-count="${count}"]`).waitFor()
    expect(await this.page.locator('[data-testid^=side-view-]').count()).toBe(count - 1)
  }

  async frames(): Promise<string[]> {
    const texts = await this.at('picture-tabs').locator('[role=tab]').allInnerTexts()
    return texts.map((text) => text.replace(/\s+/g, ' ').trim())
  }

  /** What a step (from 0) drew on and made, as from>to. */
  async drawn(step: number): Promise<string[]> {
    return this.at('step').nth(step).getByTestId('drawn').evaluateAll((pairs) => pairs.map((pair) => (pair as HTMLElement).dataset['drawn'] ?? ''))
  }

  async problems(): Promise<string[]> {
    return this.at('problem').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset['kind'] ?? ''))
  }

  turnText(step: number): Locator {
    return this.at('step').nth(step).getByTestId('turn-text')
  }

  /** The stretch of a step's text that a problem is about. */
  async marked(step: number, problem: number): Promise<string> {
    return (await this.turnText(step).locator(`[data-problem="${problem}"]`).allTextContents()).join('')
  }

  /** The stretch of a step's text that wrote the chosen shape. */
  async litText(step: number): Promise<string> {
    return (await this.turnText(step).locator('.lit').allTextContents()).join('')
  }

  /** The lit tokens of a step: the first, and one past the last. */
  async litCells(step: number): Promise<[number, number]> {
    const { from, to } = await this.at('step').nth(step).getByTestId('lit-cells').first().evaluate((cells) => ({ ...(cells as SVGElement).dataset }))
    return [Number(from), Number(to)]
  }

  async steps(count: number): Promise<void> {
    await this.page.waitForFunction((wanted) => document.querySelectorAll('[data-testid=step]').length === wanted, count)
  }
}
