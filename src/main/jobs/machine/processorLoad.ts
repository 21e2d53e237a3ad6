import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'

interface Times {
  busy: number
  all: number
}

/** Share of the time of all processors that was work since the last call, 0 to 1; null at the first one. */
export class ProcessorLoad {
  #last: Times | null = null

  async read(): Promise<number | null> {
    const [now, before] = [await times(), this.#last]
    this.#last = now
    if (before === null || now.all <= before.all) return null
    return Math.min(1, Math.max(0, (now.busy - before.busy) / (now.all - before.all)))
  }
}

/** Linux sums all processors in one line; `cpus()` would read each one's clock rate too, which takes long on large machines. */
async function times(): Promise<Times> {
  const text = process.platform === 'linux' ? await readFile('/proc/stat', 'utf8').catch(() => null) : null
  return text === null ? summed() : firstLine(text)
}

/** `cpu  user nice system idle iowait irq softirq steal ...`; what guests take is part of user and nice. */
export function firstLine(stat: string): Times {
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = stat.slice(0, stat.indexOf('\n')).split(/\s+/).slice(1).map(Number)
  const busy = user + nice + system + irq + softIrq + steal
  return { busy, all: busy + idle + wait }
}

function summed(): Times {
  return cpus().reduce((sum, { times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq
    return { busy: sum.busy + busy, all: sum.all + busy + idle }
  }, { busy: 0, all: 0 })
}
