import { cpus } from 'node:os'
import type { EngineUsage } from '#shared/domain/machine.ts'
import { liveDeviceBytes } from '../runtime/deviceTensor.ts'

const INTERVAL = 1000

/** What this process uses; of the processor since it was asked last. */
export function usageMeter(): () => EngineUsage {
  const processors = cpus().length
  let [last, at] = [process.cpuUsage(), performance.now()]
  return () => {
    const [used, now] = [process.cpuUsage(last), performance.now()]
    const share = (used.user + used.system) / 1000 / Math.max(1, now - at) / processors
    ;[last, at] = [process.cpuUsage(), now]
    return { processor: Math.min(1, share), residentBytes: process.memoryUsage.rss(), deviceBytes: liveDeviceBytes() }
  }
}

/** Tells once a second what this process uses. @returns tells it once more and no longer */
export function tellUsage(tell: (usage: EngineUsage) => void): () => void {
  const usage = usageMeter()
  const timer = setInterval(() => tell(usage()), INTERVAL)
  return () => {
    clearInterval(timer)
    tell(usage())
  }
}
