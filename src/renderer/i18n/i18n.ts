import { createI18n } from 'vue-i18n'
import { en } from './en.ts'
import { zhCN } from './zhCN.ts'

/** Both languages, complete (the type of the second follows the first); messages are parsed to data, never to code. */
export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { 'en': en, 'zh-CN': zhCN } })
