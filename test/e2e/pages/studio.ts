import type { Locator, Page } from 'playwright-core'

export type RailPage = 'data' | 'review' | 'train' | 'evaluate' | 'models'

/** What every page shares: the rail, the status bar, the dialog of a running job. */
export class Studio {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  /** Opens the address `serve` printed; its token becomes a cookie. */
  async open(url: string): Promise<void> {
    await this.page.goto(url)
    await this.at('status-connection').and(this.page.locator('[data-state=open]')).waitFor()
  }

  at(testid: string): Locator {
    return this.page.getByTestId(testid)
  }

  async go(to: RailPage): Promise<void> {
    await this.at(`rail-${to}`).click()
    await this.at(`page-${to}`).waitFor()
  }

  /** Waits for the job whose dialog is open; returns how it ended and closes the dialog. */
  async jobEnd(timeout = 120_000): Promise<string> {
    const status = this.at('job-status')
    await status.and(this.page.locator('[data-status=finished], [data-status=failed], [data-status=stopped]')).waitFor({ timeout })
    const outcome = (await status.getAttribute('data-status')) ?? ''
    await this.at('job-close').click()
    await this.at('job-dialog').waitFor({ state: 'hidden' })
    return outcome
  }

  /** Chooses an entry of a select by its words. */
  async choose(testid: string, words: string): Promise<void> {
    await this.at(testid).click()
    await this.page.getByRole('option', { name: words, exact: true }).click()
  }

  async setNumber(testid: string, value: number): Promise<void> {
    const field = this.at(testid).locator('input')
    await field.fill(String(value))
    await field.press('Tab')
  }

  async switchTheme(): Promise<void> {
    await this.at('theme').click()
  }

  async switchLanguage(): Promise<void> {
    await this.at('language').click()
  }

  /** Waits until every edit made so far is in the project. */
  async saved(): Promise<void> {
    await this.at('status-saved').and(this.page.locator('[data-status=saved]')).waitFor()
  }
}
