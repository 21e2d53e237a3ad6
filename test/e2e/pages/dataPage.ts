import { Studio } from './studio.ts'

export class DataPage extends Studio {
  async importSample(): Promise<string> {
    const empty = this.at('import-sample')
    if (await empty.isVisible()) await empty.click()
    else {
      await this.at('open-import').click()
      await this.at('import-dialog-sample').click()
    }
    return this.jobEnd()
  }

  /** Uploads a folder (record file and pictures) and imports it. */
  async importFolder(folder: string): Promise<string> {
    await this.at('open-import').click()
    await this.at('import-folder').setInputFiles(folder)
    await this.at('import-start').click()
    return this.jobEnd()
  }

  async generate(request: { generator: 'Maze' | 'Relation' | 'Count'; count: number; seed?: number; split?: 'train' | 'validation' | 'test' }): Promise<string> {
    await this.at('open-generate').click()
    const dialog = this.at('generate-dialog')
    await dialog.getByText(request.generator, { exact: true }).click()
    if (request.split !== undefined) await this.at('generate-split').getByText(request.split, { exact: true }).click()
    await this.setNumber('generate-count', request.count)
    if (request.seed !== undefined) await this.setNumber('generate-seed', request.seed)
    await this.at('generate-start').click()
    return this.jobEnd()
  }

  async total(): Promise<number> {
    return Number(await this.at('item-count').getAttribute('data-total'))
  }

  async waitForTotal(total: number): Promise<void> {
    await this.at('item-count').and(this.page.locator(`[data-total="${total}"]`)).waitFor()
  }

  async openItem(index: number): Promise<void> {
    await this.page.locator(`[data-testid=items-row][data-index="${index}"]`).click()
    await this.at('item-picture').waitFor()
  }

  async search(text: string): Promise<void> {
    await this.at('item-search').fill(text)
  }

  /** Lets the newest checkpoint write paths for the open item. */
  async prelabelItem(samples: number, timeout = 120_000): Promise<string> {
    await this.at('open-prelabel-item').click()
    await this.setNumber('prelabel-samples', samples)
    await this.at('prelabel-start').click()
    return this.jobEnd(timeout)
  }
}
