import { afterEach, expect, it } from 'vitest'
import { SightlineError } from '#shared/domain/errors.ts'
import { failureOf } from '../../src/renderer/client/failure.ts'
import { connection } from '../../src/renderer/client/link.ts'
import { en } from '../../src/renderer/i18n/en.ts'
import { i18n } from '../../src/renderer/i18n/i18n.ts'
import { zhCN } from '../../src/renderer/i18n/zhCN.ts'

afterEach(() => {
  connection.value = { state: 'connecting', epoch: 0 }
  i18n.global.locale.value = 'en'
})

it('says in the language in use that the program is gone, not what the socket said', () => {
  connection.value = { state: 'lost', epoch: 1 }
  const unsent = new Error('Cannot send message, WebSocket is not open.')
  expect(failureOf(unsent).message).toBe(en.connection.gone)
  i18n.global.locale.value = 'zh-CN'
  expect(failureOf(unsent).message).toBe(zhCN.connection.gone)
  expect(failureOf(new SightlineError('conflict', 'it is open elsewhere')).message).toBe('it is open elsewhere')
  connection.value = { state: 'open', epoch: 2 }
  expect(failureOf(unsent).message).toBe(unsent.message)
})
