import { describe, expect, it } from 'vitest'
import { shallowRef } from 'vue'
import { type Connection, keepSubscribed } from '../../src/renderer/client/subscription.ts'

const open = (epoch: number): Connection => ({ state: 'open', epoch })

describe('a subscription over reconnects', () => {
  it('runs again for each new connection, until it is over', async () => {
    const connection = shallowRef<Connection>(open(1))
    const runs: number[] = []
    await keepSubscribed(connection, new AbortController().signal, () => {
      runs.push(connection.value.epoch)
      if (connection.value.epoch === 3) return Promise.resolve('over')
      connection.value = { ...connection.value, state: 'lost' }
      queueMicrotask(() => { connection.value = open(connection.value.epoch + 1) })
      return Promise.reject(new Error('socket closed'))
    })
    expect(runs).toEqual([1, 2, 3])
  })

  it('takes a stream that broke just before its socket as cut, not as failed', async () => {
    const connection = shallowRef<Connection>(open(1))
    let runs = 0
    await keepSubscribed(connection, new AbortController().signal, () => {
      if (++runs === 2) return Promise.resolve('over')
      setTimeout(() => { connection.value = { state: 'lost', epoch: 1 } }, 5)
      setTimeout(() => { connection.value = open(2) }, 10)
      return Promise.reject(new Error('stream broke'))
    })
    expect(runs).toBe(2)
  })

  it('hands an error on while the connection stays up', async () => {
    const refused = keepSubscribed(shallowRef<Connection>(open(1)), new AbortController().signal, () => Promise.reject(new Error('no such job')))
    await expect(refused).rejects.toThrow('no such job')
  })

  it('ends with a stream that ends while the connection stays up', async () => {
    let runs = 0
    await keepSubscribed(shallowRef<Connection>(open(1)), new AbortController().signal, () => {
      runs++
      return Promise.resolve('again')
    })
    expect(runs).toBe(1)
  })

  it('gives up waiting when it is aborted', async () => {
    const connection = shallowRef<Connection>({ state: 'lost', epoch: 1 })
    const leaving = new AbortController()
    let runs = 0
    const kept = keepSubscribed(connection, leaving.signal, () => {
      runs++
      return Promise.reject(new Error('not open'))
    })
    setTimeout(() => { leaving.abort() }, 5)
    await kept
    expect(runs).toBe(1)
  })
})
