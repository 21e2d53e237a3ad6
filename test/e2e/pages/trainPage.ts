import { Studio } from './studio.ts'

export class TrainPage extends Studio {
  /** Starts a stage by its name in the dialog, with its first preset. */
  async start(stage: 'Cold start' | 'Answers only' | 'Reflective sampling' | 'GRPO', settings: Readonly<Record<string, number>> = {}): Promise<void> {
    await this.at('open-start').click()
    await this.at('train-stage').getByText(stage, { exact: true }).click()
    for (const [name, value] of Object.entries(settings)) await this.setNumber(`setting-${name}`, value)
    await this.at('train-start').click()
    await this.at('train-dialog').waitFor({ state: 'hidden' })
    await this.at('run-detail').waitFor()
  }

  async end(timeout: number): Promise<string> {
    const run = this.at('run-detail')
    await run.and(this.page.locator('[data-status=finished], [data-status=failed], [data-status=stopped]')).waitFor({ timeout })
    return (await run.getAttribute('data-status')) ?? ''
  }

  async points(chart: 'loss' | 'reward' | 'reflection' | 'accuracy'): Promise<number> {
    return Number(await this.at(`chart-${chart}`).getAttribute('data-points'))
  }
}
