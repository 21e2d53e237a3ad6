import type { Locator } from 'playwright-core'
import { DataPage } from './dataPage.ts'

/** The Data page as the place where items are edited, changed in bulk and thrown away. */
export class ItemsPage extends DataPage {
  row(index: number): Locator {
    return this.page.locator(`[data-testid=items-row][data-index="${index}"]`)
  }

  field(name: string): Locator {
    return this.at(`field-${name}`)
  }

  async itemVersion(): Promise<number> {
    return Number(await this.at('item-detail').getAttribute('data-version'))
  }

  async waitForVersion(version: number): Promise<void> {
    await this.at('item-detail').and(this.page.locator(`[data-version="${version}"]`)).waitFor()
  }

  /** Types into a field as a person does, in place of what is there, and leaves it. */
  async write(testid: string, text: string): Promise<void> {
    const input = this.at(testid)
    await input.click()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.type(text)
    await this.page.keyboard.press('Tab')
  }

  async issue(field: string): Promise<string> {
    return (await this.at(`issue-${field}`).textContent() ?? '').trim()
  }

  async options(): Promise<string[]> {
    return this.at('option').locator('input[type=text]').evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))
  }

  async openHistory(): Promise<void> {
    if (await this.at('item-history').getAttribute('open') === null) await this.at('item-history').locator('summary').click()
  }

  historyOf(version: number): Locator {
    return this.page.locator(`[data-testid=item-version][data-version="${version}"]`)
  }

  async restoreVersion(version: number): Promise<void> {
    await this.openHistory()
    await this.historyOf(version).getByTestId('restore-version').click()
  }

  async tick(...rows: number[]): Promise<void> {
    for (const index of rows) await this.row(index).getByTestId('tick').click()
  }

  /** Chooses an action of the open bulk dialog and waits for what it would change. */
  async bulk(kind: string, value: string | null): Promise<number> {
    await this.choose('bulk-kind', kind)
    if (value !== null && kind === 'Set the split') await this.at('bulk-split').getByText(value, { exact: true }).click()
    else if (value !== null) await this.at('bulk-text').fill(value)
    return this.bulkPreview()
  }

  async bulkPreview(): Promise<number> {
    const preview = this.at('bulk-preview')
    await preview.waitFor()
    return Number(await preview.getAttribute('data-changed'))
  }

  /** The list and the view of similar items have a dialog each. */
  async applyBulk(): Promise<void> {
    await this.at('bulk-apply').filter({ visible: true }).click()
    await this.at('bulk-dialog').filter({ visible: true }).waitFor({ state: 'hidden' })
    await this.at('last-batch').waitFor()
  }

  /** The kinds of findings with their counts, as they are offered. */
  async similarKinds(): Promise<string[]> {
    return (await this.at('similar-kind').locator('label').allTextContents()).map((text) => text.trim())
  }

  async showSimilar(kind: 'Leakage' | 'Duplicates' | 'Same picture'): Promise<void> {
    await this.at('similar-kind').getByText(kind).click()
  }

  async waitForQuestion(question: string): Promise<void> {
    await this.page.waitForFunction((wanted) => document.querySelector<HTMLTextAreaElement>('[data-testid=item-question]')?.value === wanted, question)
  }
}
