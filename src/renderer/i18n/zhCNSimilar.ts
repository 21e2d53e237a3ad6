import type { Messages } from './en.ts'
import type { enSimilar } from './enSimilar.ts'

/** 查找图片相同的题目的文字。 */
export const zhCNSimilar: Pick<Messages, keyof typeof enSimilar> = {
  similar: {
    open: '相似', title: '相似题目', close: '返回题目列表',
    kind: { leakage: '数据泄漏', duplicate: '重复', shared: '同一图片' }, kinds: '查看内容',
    what: {
      leakage: '与留出题目（验证、测试）图片相同的训练题目：在那里学过的内容，在这里不再是未见过的。',
      duplicate: '图片和问题都相同，在训练题目中或在留出题目中出现了不止一次。',
      shared: '共用图片的题目。同一图片上有多个问题本身并无不妥。'
    },
    none: { leakage: '未发现数据泄漏', duplicate: '未发现重复题目', shared: '没有题目共用图片' },
    noneHint: '图片按外观比较，因此缩放、调亮、略微裁剪或重新编码的副本也能找到。生成器绘制的图片只有逐字节相同才算同一图片。',
    notYet: '尚有题目未比较。', comparing: '正在比较图片', pending: '{n} 个题目尚未比较', compare: '比较', stop: '停止', broke: '比较中断：{reason}',
    training: '处理 {n} 个训练题目…', copies: '处理 {n} 个副本…', list: '以列表显示',
    size: '{n} 个题目', more: '另有 {n} 个', sortOut: '处理…', twin: '问题相同', wording: '措辞相同 {n} %', other: '问题不同', filter: '相似',
    filters: { leakage: '数据泄漏', duplicate: '重复', copy: '除最早者外', shared: '同一图片' }
  }
}
