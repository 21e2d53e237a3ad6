// What a program and a page did, in processor time and counts: what a loaded machine cannot blur as it does seconds.
import { readFileSync } from 'node:fs'
import type { CDPSession, Page } from 'playwright-core'

/** The kernel counts in hundredths of a second. */
const TICK_MS = 10

/** Processor time a process took so far, in milliseconds; Linux only, NaN elsewhere. */
export function processorMs(pid: number | undefined): number {
  if (process.platform !== 'linux' || pid === undefined) return NaN
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Counts what a page does from now on. */
export class PageWork {
  readonly #session: CDPSession
  #requests = 0
  #bytes = 0

  private constructor(session: CDPSession) {
    this.#session = session
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      this.#requests++
      this.#bytes += encodedDataLength
    })
    session.on('Network.webSocketFrameSent', () => { this.#requests++ })
    session.on('Network.webSocketFrameReceived', ({ response }) => { this.#bytes += response.payloadData.length })
  }

  static async of(page: Page): Promise<PageWork> {
    const session = await page.context().newCDPSession(page)
    const work = new PageWork(session)
    await session.send('Network.enable')
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    return work
  }

  /** Since this began: processor time of the page's own thread in milliseconds, requests (HTTP and calls), bytes received. */
  async sum(): Promise<{ ms: number; layouts: number; requests: number; bytes: number }> {
    const { metrics } = await this.#session.send('Performance.getMetrics')
    const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN
    return { ms: value('TaskDuration') * 1000, layouts: value('LayoutCount'), requests: this.#requests, bytes: this.#bytes }
  }
}
