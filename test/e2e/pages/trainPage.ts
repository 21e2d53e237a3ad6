import { Studio } from './studio.ts'

export type StageName = 'Cold start' | 'Answers only' | 'Reflective sampling' | 'GRPO' | 'Preference pairs (DPO)'

export class TrainPage extends Studio {
  /** Starts a stage by its name in the dialog, with its first preset, whatever the look before the start warns of. */
  async start(stage: StageName, settings: Readonly<Record<string, number>> = {}): Promise<void> {
    await this.openStart(stage)
    for (const [name, value] of Object.entries(settings)) await this.setSetting(name, value)
    await this.confirmStart()
  }

  async openStart(stage: StageName): Promise<void> {
    await this.at('open-start').click()
    await this.at('train-stage').getByText(stage, { exact: true }).click()
  }

  /** Sets a number of the form, unfolding its section first. */
  async setSetting(name: string, value: number): Promise<void> {
    const field = this.at(`setting-${name}`)
    if (!await field.isVisible()) await this.page.locator('details', { has: field }).locator('summary').click()
    await this.setNumber(`setting-${name}`, value)
  }

  async confirmStart(): Promise<void> {
    await this.at('train-start').click()
    const [dialog, anyway] = [this.at('train-dialog'), this.at('train-start-anyway')]
    await this.page.waitForFunction(() => {
      const shown = document.querySelector('[data-testid=train-dialog]')?.checkVisibility() ?? false
      return !shown || document.querySelector('[data-testid=train-start-anyway]') !== null
    }, null, { timeout: 120_000 })
    if (await anyway.isVisible()) await anyway.click()
    await dialog.waitFor({ state: 'hidden', timeout: 120_000 })
    await this.at('run-detail').waitFor()
  }

  /** Waits until the shown run has one of the states; returns it. */
  async reach(states: readonly string[], timeout = 120_000): Promise<string> {
    const found = await this.page.waitForFunction((wanted) => {
      const status = document.querySelector<HTMLElement>('[data-testid=run-detail]')?.dataset['status'] ?? ''
      return wanted.includes(status) && status
    }, states, { timeout })
    return String(await found.jsonValue())
  }

  async end(timeout: number): Promise<string> {
    return this.reach(['finished', 'failed', 'stopped'], timeout)
  }

  async points(chart: string): Promise<number> {
    return Number(await this.at(`chart-${chart}`).getAttribute('data-points'))
  }

  /** Waits until a chart shows at least so many steps. */
  async waitForPoints(chart: string, least: number, timeout = 120_000): Promise<void> {
    await this.page.waitForFunction(([testid, wanted]) => Number(document.querySelector(`[data-testid="${testid}"]`)?.getAttribute('data-points') ?? 0) >= Number(wanted), [`chart-${chart}`, String(least)], { timeout })
  }

  /** How many moments the charts of the machine show of the run. */
  async machinePoints(): Promise<number> {
    return Number(await this.at('run-machine').getAttribute('data-points'))
  }

  async tab(name: 'Curves' | 'Inputs and checkpoints' | 'Log'): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click()
  }
}
