import { ReviewPage } from './reviewPage.ts'

/** The Review page as a queue: which, where in it, who reviews. */
export class QueuePage extends ReviewPage {
  /** Chooses a queue by its words, without its count, and waits until its first path is shown. */
  async queue(name: string): Promise<void> {
    const queueOf = (address: string): string | null => /[?&]queue=([^&]+)/.exec(address)?.[1] ?? null
    const before = queueOf(this.page.url())
    await this.at('queue-choice').click()
    const option = this.page.getByRole('option', { name: new RegExp(`^${name} · `) })
    const isOpen = (await option.getAttribute('aria-selected')) === 'true'
    await option.click()
    // The address follows once the queue was read; until then it still is that of the queue before.
    await this.page.waitForURL(({ href }) => queueOf(href) !== null && (isOpen || queueOf(href) !== before))
    await this.settled()
  }

  /** What the list of queues counts, by name. */
  async counts(): Promise<Record<string, number>> {
    await this.at('queue-choice').click()
    const options = this.page.getByRole('option', { name: / · / })
    await options.first().waitFor()
    const texts = await options.allInnerTexts()
    await this.page.keyboard.press('Escape')
    return Object.fromEntries(texts.map((text) => {
      const [name = '', count = ''] = text.split(' · ')
      return [name, Number(count.replaceAll(',', ''))]
    }))
  }

  /** The path of the address is the one on the canvas. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => {
      const id = /#\/review\/([^?]+)/.exec(location.href)?.[1]
      return id !== undefined && document.querySelector(`[data-testid=canvas-panel][data-path="${id}"]`) !== null
    })
    await this.ready()
  }

  async position(): Promise<{ at: number; total: number; judged: number }> {
    const position = this.at('queue-position')
    const [at, total, judged] = await Promise.all([position.getAttribute('data-at'), position.getAttribute('data-total'), this.at('queue-judged').getAttribute('data-judged')])
    return { at: Number(at), total: Number(total), judged: Number(judged) }
  }

  /** Presses a key that goes on to another path; returns its id. */
  async press(key: string): Promise<string> {
    const before = this.pathId()
    await this.page.keyboard.press(key)
    await this.page.waitForFunction((id) => /#\/review\/([^?]+)/.exec(location.href)?.[1] !== id, before)
    await this.settled()
    return this.pathId()
  }

  async verdict(): Promise<string> {
    return (await this.at('verdict-bar').getAttribute('data-verdict')) ?? ''
  }

  async reviewAs(name: string): Promise<void> {
    await this.at('reviewer').fill(name)
    await this.at('reviewer').press('Tab')
  }
}
