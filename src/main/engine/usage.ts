import { cpus } from 'node:os'
import type { EngineUsage } from '#shared/domain/machine.ts'
import { liveDeviceBytes } from '../runtime/deviceTensor.ts'

const INTERVAL = 1000

/** Tells once a second what this process uses. @returns tells it once more and no longer */
export function tellUsage(tell: (usage: EngineUsage) => void): () => void {
  const processors = cpus().length
  let [last, at] = [process.cpuUsage(), performance.now()]
  const told = (): void => {
    const [used, now] = [process.cpuUsage(last), performance.now()]
    const microseconds = used.user + used.system
    tell({
      processor: Math.min(1, microseconds / 1000 / Math.max(1, now - at) / processors), residentBytes: process.memoryUsage.rss(), deviceBytes: liveDeviceBytes()
    })
    ;[last, at] = [process.cpuUsage(), now]
  }
  const timer = setInterval(told, INTERVAL)
  return () => {
    clearInterval(timer)
    told()
  }
}
