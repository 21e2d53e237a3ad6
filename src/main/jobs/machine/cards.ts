import type { CardSource } from './cardSource.ts'
import { KernelCards } from './kernelCards.ts'
import { NvidiaCards } from './nvidiaCards.ts'

/** Whatever this system tells of its graphics cards without anything being installed for it. */
export function openCards(): CardSource {
  const sources = [new NvidiaCards(), new KernelCards()]
  return {
    read: async () => {
      const told = (await Promise.all(sources.map((source) => source.read()))).filter((cards) => cards !== null).flat()
      return told.length === 0 ? null : told
    },
    close: () => {
      for (const source of sources) source.close()
    }
  }
}
