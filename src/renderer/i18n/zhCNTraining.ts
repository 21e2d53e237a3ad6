import type { Messages } from './en.ts'
import type { enTraining } from './enTraining.ts'

/** 训练：阶段、设置与训练页面的文字。 */
export const zhCNTraining: Pick<Messages, keyof typeof enTraining> = {
  stage: {
    coldStart: { name: '冷启动', what: '从示范路径和已接受的修改中学习绘制和作答。' },
    answerSft: { name: '仅学答案', what: '只学习同样题目的答案，用于对比。' },
    reflective: { name: '反思采样', what: '采样路径，保留正确且能自我修正的，再从中学习。' },
    grpo: { name: 'GRPO', what: '强化学习：成组展开，组内相互比较得到奖励。' }
  },
  train: {
    new: '新建训练', empty: '还没有训练', emptyHint: '可以启动单个阶段，也可以运行完整流程：冷启动、反思采样和 GRPO，每个阶段之后都做评估。',
    runs: '训练列表', run: '训练', noRuns: '还没有训练', checkpoint: '起始检查点', chooseCheckpoint: '选择检查点', stage: '阶段', preset: '预设', ownSettings: '自定义设置', tasks: '任务',
    allTasks: '全部任务', prompt: '提示词', drawStyle: '绘制样式', settings: '设置', stop: '停止', resume: '继续', paths: '本次训练的展开', config: '运行配置',
    dataVersion: '数据版本', started: '时间', step: '第 {n} 步', stepOf: '第 {n} 步，共 {of} 步', stepAxis: '步'
  },
  chart: { loss: '损失', reward: '奖励', reflection: '反思率', accuracy: '准确率' },
  pipeline: {
    open: '运行完整流程', running: '流程正在运行', title: '运行完整流程', minutes: '大约分钟数',
    what: '先评估内置模型，然后依次运行冷启动、反思采样和 GRPO，每个阶段之后都做评估。可以随时停止，已完成的部分会保留。'
  },
  setting: {
    learningRate: { name: '学习率', help: '学习率峰值' },
    warmupRatio: { name: '预热比例', help: '用于预热的步数比例' },
    minLearningRateRatio: { name: '最终学习率比例', help: '衰减结束时占峰值的比例' },
    schedule: { name: '学习率曲线', help: '预热之后学习率如何下降' },
    loraRank: { name: 'LoRA 秩', help: '冻结权重，只训练该秩的低秩适配器；0 表示训练权重本身' },
    loraAlpha: { name: 'LoRA 系数 alpha', help: '适配器按 alpha / 秩 缩放' },
    loraDropout: { name: 'LoRA 随机丢弃', help: '每一步丢弃的适配器输入比例' },
    loraTargets: { name: 'LoRA 层', help: '加适配器的线性层' },
    loraDropout: { name: 'LoRA 丢弃率', help: '训练时随机丢弃适配器输入的比例' },
    weightDecay: { name: '权重衰减', help: '对矩阵的解耦权重衰减' },
    clipNorm: { name: '梯度裁剪', help: '全局梯度范数' },
    batchSize: { name: '批大小', help: '每个优化步的路径数' },
    minPixels: { name: '最少像素', help: '图片的最小面积（模型像素）；0 表示按模型惯例' },
    maxPixels: { name: '最多像素', help: '图片的最大面积（模型像素）；0 表示按模型惯例' },
    trainVision: { name: '训练视觉部分', help: '同时训练视觉塔与合并层，或为其加适配器（论文中冻结）' },
    blockwise: { name: '逐块运行', help: '一次只运行一个块：冻结的权重以 float16 留在磁盘上，只占一个块的内存；需要 LoRA' },
    recompute: { name: '重算各块', help: '只保留每个块的输入，反向时重新计算其余部分：省内存，约多用三分之一时间' },
    epochs: { name: '轮数', help: '每条路径学习的次数' },
    maskMistakes: { name: '屏蔽错误', help: '有意的错误不计入损失，其修正始终计入' },
    learnStop: { name: '学习停止', help: '结束词元也计入损失' },
    minTeacherSteps: { name: '教师最少轮数', help: '端点教师的更短路径不用于训练' },
    samplesPerItem: { name: '每题采样数', help: '每个题目采样的路径数' },
    items: { name: '题目数', help: '用于采样的题目数；0 表示全部训练题目' },
    keepPerItem: { name: '每题保留数', help: '每个题目最多保留的路径数' },
    temperature: { name: '温度', help: '展开时的采样温度' },
    steps: { name: '步数', help: '优化步数' },
    promptsPerStep: { name: '每步题目数', help: '每次更新前展开的组数' },
    groupSize: { name: '组大小', help: '每个题目的展开次数，组内相互比较' },
    clipLow: { name: '下裁剪', help: '策略比值下界：1 − 该值' },
    clipHigh: { name: '上裁剪', help: '策略比值上界：1 + 该值' },
    klBeta: { name: 'KL 权重', help: '对起始策略的 k3 项权重；0 表示关闭' },
    rewardScale: { name: '奖励尺度', help: 'sum：正确 + 格式；half：各取一半' },
    rewardGate: { name: '奖励门槛', help: '正确性高于该值才有奖励' }
  }
}
