import { ElNotification } from 'element-plus'
import { h } from 'vue'
import { i18n } from '../i18n/i18n.ts'
import { type Failure, failureOf } from './failure.ts'

/** Shows what went wrong, where and what to do; stays until closed, as it may name many things to fix. */
export function showFailure(failure: Failure, title: string): void {
  const { locale, t } = i18n.global
  const kind = locale.value === 'en' || failure.code === undefined ? null : t(`errorCode.${failure.code}`)
  const lines = [kind, failure.message, failure.where, failure.advice].filter((line) => line !== null)
  ElNotification({
    type: 'error', title, duration: 0, customClass: 'failure',
    message: h('div', { 'data-testid': 'failure' }, lines.map((line) => h('p', line)))
  })
}

/** Runs a request a person asked for and shows its failure; null where it failed. */
export async function attempt<T>(title: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    showFailure(failureOf(error), title)
    return null
  }
}
