import type { Messages } from './en.ts'

/** 运行模型的设备。 */
export const zhCNDevices: Pick<Messages, 'device'> = {
  device: {
    title: '设备', name: { cpu: '处理器（CPU）', webgpu: '显卡（WebGPU）' }, wish: { auto: '自动', cpu: '处理器（CPU）', webgpu: '显卡（WebGPU）' },
    field: '运行设备', asSet: '按设置（{device}）', choose: '任务运行在', now: '模型运行在：{device}',
    what: '“自动”会在检测确认显卡结果正确且矩阵乘法快于处理器时使用显卡。只有在同一设备上，相同的随机种子才会得到相同的数值。',
    chat: '其他程序通过 /v1 调用的模型在 CPU 上运行。',
    notAsked: '尚未检测显卡。', probe: '检测显卡', probing: '正在检测，可能需要几分钟…', probeFailed: '无法检测显卡', chooseFailed: '无法更改设备',
    checked: '检测时间', speed: 'float32 矩阵乘法', speedIs: '{device} GF/s，CPU 为 {cpu} GF/s', half: '半精度浮点', halfIs: { none: '不能存储', narrow: '可存储；以 16 位累加', wide: '可存储；以 32 位累加' },
    fused: '融合注意力', fusedRight: '正确', fusedWrong: '在 {rows} 行时错误', buffer: '可用的最大缓冲区', unknown: '未检测',
    verdict: { preferred: '结果正确，且快于 CPU。', slower: '结果正确，但慢于 CPU（可能是软件渲染）。', unusable: '不可用：{words}' },
    ranOn: '计算图运行设备', moved: '自 {at} 起为{device}', resumeOnCpu: '在 CPU 上继续', resumeOnCpuWhat: '从最近保存的状态在处理器上继续，并在运行记录中注明。显卡再次出错时使用。'
  }
}
