import { Studio } from './studio.ts'

export class EvaluatePage extends Studio {
  async start(label: string, limit: number, timeout = 300_000): Promise<string> {
    await this.at('open-evaluate').click()
    await this.at('evaluate-label').fill(label)
    await this.setNumber('evaluate-limit', limit)
    await this.at('evaluate-start').click()
    return this.jobEnd(timeout)
  }

  /** Rows of the comparison, `task: words of the row`. */
  async rows(): Promise<{ task: string; text: string }[]> {
    const found: { task: string; text: string }[] = []
    for (const row of await this.at('score-row').all()) found.push({ task: (await row.getAttribute('data-task')) ?? '', text: await row.innerText() })
    return found
  }
}
