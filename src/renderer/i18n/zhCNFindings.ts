import type { Messages } from './en.ts'
import type { enFindings } from './enFindings.ts'

/** 引擎以代码给出的检查结果与理由。 */
export const zhCNFindings: Pick<Messages, keyof typeof enFindings> = {
  errorCode: {
    bad_input: '输入不符合要求', not_found: '找不到', conflict: '目前无法执行', outside_project: '位于项目之外', unreadable_file: '文件无法读取', unsupported: '不支持',
    bad_checkpoint: '检查点不符合要求', bad_graph: '计算图有误', device: '图形设备出错', out_of_memory: '内存不足', disk_full: '磁盘已满', cancelled: '已取消',
    engine_died: '引擎异常结束', not_a_project: '不是项目文件夹', migration: '无法升级项目', unauthorized: '没有权限', rate_limited: '请求过多', unreachable: '无法连接', bad_reply: '回复无法使用'
  },
  finding: {
    settingsFit: '相互兼容', questionsFit: '{items} 个题目，每题 {imageTokensMin} 到 {imageTokensMax} 个图片词元，与模型生成的一致',
    leakageNone: '{items} 个训练题目均未使用留出划分中的图片', leakageFound: '{items} 个训练题目中有 {questions} 个使用了留出划分中的图片：在那里测得的数值会偏高。',
    leakagePending: '尚有 {pending} 个题目未比较。',
    memoryNeeds: '需要 {neededBytes}，本机共 {machineBytes}', memoryBounds: '视采样路径的长度需要 {leastBytes} 到 {neededBytes}，本机共 {machineBytes}', memoryTight: '超过本机内存的五分之四：其他程序可能被挤出内存。',
    memoryShort: '超出本机内存：无法开始。', memoryAdvice: '可改为训练低秩适配器（LoRA 秩）、逐块运行、重算各块、使用更小的图片（最多像素），或选用更小的模型。',
    inputsInFloat16: '各块输入以 float16 保留。', inputsInFile: '各块输入保留在文件中。',
    cardNeeds: '在显卡上需要 {neededBytes}', cardBounds: '视采样路径的长度，在显卡上需要 {leastBytes} 到 {neededBytes}', cardFits: '显存为 {cardBytes}。',
    cardTight: '显存为 {cardBytes}，程序大约只能用其中九成：可能不够。', cardShort: '显存为 {cardBytes}：不够。', cardUntold: '本系统不提供显存大小。',
    cardAdvice: '可逐块训练适配器、选用更小的模型，或在 CPU 上运行；因显存不足而中断的训练可以在 CPU 上继续。',
    diskNeeds: '需要 {neededBytes}，剩余 {freeBytes}', diskTight: '之后几乎没有剩余空间。', diskShort: '空间不足：无法开始。', diskAdvice: '请腾出空间，或减少保留的检查点。',
    dryRunSampled: '{rollouts} 次展开用时 {seconds}', dryRunNothing: '其中没有可以学习的路径。', dryRunStep: '与正式训练同样大小的一步用时 {seconds}（不含展开），其权重已丢弃',
    dryRunPeak: '内存最多 {peakBytes}', dryRunPeakHigh: '超过 {machineBytes} 的五分之四。', notTried: '没有试跑：机器正被其他任务占用，测得的时间没有意义',
    timeTakes: '{steps} 步大约需要 {seconds}', timeSampling: '其中采样 {seconds}'
  },
  explanation: {
    noAnswer: '路径没有给出答案', right: '{given} 正确', wrong: '答了 {given}，应为 {expected}', noOption: '没有选出选项，应为 {expected}', truthNoOption: '标准答案“{expected}”不是任何选项',
    relativeAccuracy: '答了 {given}，应为 {expected}：平均相对准确率 {score}', noNumber: '答案中没有数字；应为 {expected}', truthNoNumber: '标准答案“{expected}”中没有数字',
    motion: '五对运动的平均相对准确率：{score}', truthNoMotion: '无法读取标准的相机运动', freeForm: '自由文本答案不评分'
  }
}
