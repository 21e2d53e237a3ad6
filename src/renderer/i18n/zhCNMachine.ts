import type { Messages } from './en.ts'

/** 机器监视器。 */
export const zhCNMachine: Pick<Messages, 'machine'> = {
  machine: {
    title: '机器', open: '打开机器监视器', processorShort: '处理器', memoryShort: '内存', cardShort: '显卡', of: '{used} / {all} GB',
    processor: '处理器', memory: '内存', engine: '引擎', card: '显卡', disk: '项目所在磁盘剩余空间',
    noEngine: '未在工作', engineIs: '处理器 {processor}，内存 {memory}，在图形设备上占用 {device}', notTold: '本系统不提供', loadUntold: '负载未知', cardMemory: '已用 {used}，共 {all}',
    tenMinutes: '最近十分钟', second: '秒', whileRunning: '运行期间的机器', untold: '本系统不提供显卡的负载和显存信息。',
    chart: { processor: '处理器（%）', memory: '内存（GB，共 {of}）', card: '显卡（%）', cardMemory: '显存（GB）', disk: '磁盘剩余（GB）' },
    line: { machine: '整机', engine: '引擎', held: '引擎占用', free: '剩余' }
  }
}
