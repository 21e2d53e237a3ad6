import type { Messages } from './en.ts'
import type { enTraining } from './enTraining.ts'

/** 训练：阶段、设置与训练页面的文字。 */
export const zhCNTraining: Pick<Messages, keyof typeof enTraining> = {
  stage: {
    coldStart: { name: '冷启动', what: '从示范路径和已接受的修改中学习绘制和作答。' },
    answerSft: { name: '仅学答案', what: '只学习同样题目的答案，用于对比。' },
    reflective: { name: '反思采样', what: '采样路径，保留正确且能自我修正的，再从中学习。' },
    grpo: { name: 'GRPO', what: '强化学习：成组展开，组内相互比较得到奖励。' },
    dpo: { name: '偏好对（DPO）', what: '从成对样本中学习：正确答案对改错的答案，或最好的展开对最差的展开。' }
  },
  train: {
    new: '新建训练', empty: '还没有训练', emptyHint: '可以启动单个阶段，也可以运行完整流程：冷启动、反思采样和 GRPO，每个阶段之后都做评估。',
    runs: '训练列表', run: '训练', noRuns: '还没有训练', checkpoint: '起始检查点', chooseCheckpoint: '选择检查点', stage: '阶段', preset: '预设', ownSettings: '自定义设置', tasks: '任务',
    allTasks: '全部任务', prompt: '提示词', drawStyle: '绘制样式', stop: '本步后停止', resume: '继续', paths: '本次训练的展开', config: '运行配置',
    stopWhat: '完成当前步骤后结束，并保存状态', stopNow: '立即停止', stopNowWhat: '马上结束；继续时从最近保存的状态开始', pause: '暂停', pauseFailed: '无法暂停',
    rerun: '重新运行', rerunTitle: '作为此训练的子训练重新运行', rerunWhat: '用这些设置（可修改）新建一次训练；原训练保持不变', parent: '父训练', curves: '曲线', inputs: '输入与检查点',
    checkpoints: '检查点', noCheckpoints: '还没有', best: '最佳',
    dataVersion: '数据版本', started: '时间', step: '第 {n} 步', stepOf: '第 {n} 步，共 {of} 步', stepAxis: '步'
  },
  chart: {
    reward: '奖励', accuracy: '准确率', format: '格式正确', reflection: '反思率', kept: '保留的路径', steps: '步数、框数、线数', length: '回复长度', finish: '路径如何结束',
    loss: '损失', margin: '奖励差', entropy: '熵', kl: '与起点的 KL', clip: '裁剪比例', ratio: '策略比', groups: '使用的组与路径', gradNorm: '梯度范数', learningRate: '学习率',
    speed: '速度', seconds: '各阶段用时（秒）', memory: '内存', tokens: '词元数', other: '其他数值'
  },
  curves: {
    group: { outcome: '结果', behaviour: '行为', learning: '学习', machine: '机器' }, compare: '叠加其他训练', smoothing: '平滑', openHint: '点击某个点（或按 Enter）可打开其背后的路径',
    none: '还没有测量值。', log: '对数刻度', logOf: 'log：{chart}', showAll: '显示全部'
  },
  settings: {
    changed: '已修改 {n} 项', back: '{name}：恢复为 {value}', backAll: '全部恢复', wrong: '无效', complaint: { missing: '缺少数字', least: '至少为 {n}', above: '须大于 {n}', most: '至多为 {n}' },
    section: { basic: '主要设置', optimizer: '优化器', objective: '目标与奖励', sampling: '采样', adapter: '适配器', memory: '图片与内存', other: '其他' }
  },
  choice: {
    auto: '自动', float32: '内存中的 float32', float16: '内存中的 float16', file: '文件',
    cosine: '余弦', linear: '线性', constant: '恒定', all: '全部层', attention: '注意力', queryValue: '查询与值', sum: '相加', half: '各半', token: '逐词元', sequence: '整条路径',
    sequenceMean: '按路径平均', tokenMean: '按词元平均', constantLength: '固定长度', sampled: '采样时记录', recomputed: '重新计算', answers: '仅答案', paths: '写好的路径', rollouts: '展开'
  },
  preflight: {
    title: '开始之前', check: '只检查', busy: '正在检查设置、题目、内存和磁盘，并试跑一批……', anyway: '仍然开始', failed: '无法检查', numbers: '数值', seconds: '{n} 秒',
    state: { ok: '正常', warning: '警告', error: '无法开始' },
    name: { settings: '设置', questions: '题目', leakage: '数据泄漏', memory: '内存', card: '显卡', disk: '磁盘', dryRun: '试跑一批', time: '时间' },
    number: {
      items: '题目', questions: '使用留出图片', pending: '未比较', imageTokensMin: '最少图片词元', imageTokensMax: '最多图片词元', neededBytes: '需要', weightsBytes: '权重', gradientsBytes: '梯度', momentsBytes: '动量',
      activationsBytes: '激活', cacheBytes: '缓存', machineBytes: '本机', cardBytes: '显卡', leastBytes: '至少', referenceBytes: '参考模型', peakBytes: '该批峰值', statesBytes: '状态', checkpointsBytes: '检查点', rolloutsBytes: '展开', freeBytes: '剩余',
      seconds: '合计', steps: '步数', secondsPerStep: '每步', errors: '错误', warnings: '警告', rollouts: '展开次数', rolloutSeconds: '展开用时', stepSeconds: '正式大小的一步', samplingSeconds: '其中采样',
      secondsRollout: '展开', secondsScore: '评分', secondsData: '数据', secondsOldLogProb: '旧对数概率', secondsReference: '参考模型', secondsUpdate: '更新', secondsSave: '保存'
    }
  },
  manifest: {
    title: '冻结的输入', none: '训练开始时写入。', part: '输入', what: '内容', dataset: '数据', datasetIs: '{items} 个题目，{paths} 条路径', leakage: '数据泄漏', leakageIs: '{n} 个题目使用了留出图片', leakagePending: '{n} 个未比较', showLeakage: '查看', model: '模型', prompt: '提示词', drawStyle: '绘制样式',
    code: '程序', device: '设备', threads: '{n} 个线程', promptText: '提示词全文'
  },
  tally: {
    sampled: '采样路径的去向', taught: '路径的去向', kept: '保留', unscored: '未评分', noAnswer: '没有答案', wrong: '答案错误', malformed: '格式不正确',
    notReflective: '没有反思', short: '步数太少', duplicate: '与其他路径相同', overCap: '超出每题上限', vetoed: '审阅时被拒绝', failed: '没有可用的回复'
  },
  pipeline: {
    open: '运行完整流程', running: '流程正在运行', title: '运行完整流程', minutes: '大约分钟数',
    what: '先评估内置模型，然后依次运行各个阶段，每个阶段都从前一阶段的最佳检查点开始，之后做一次评估。可以随时停止，已完成的部分会保留。',
    fork: '派生流程', forkTitle: '从这里用其他阶段继续', forkWhat: '从此训练的某个检查点出发，用这里选定的阶段和项目中的题目继续。',
    stages: '流程的阶段', evaluation: '评估', evaluationIs: '每次评估：{split}题目，每个任务最多 {n} 个。', add: '添加阶段', earlier: '把第 {n} 个阶段前移', later: '把第 {n} 个阶段后移',
    remove: '删除第 {n} 个阶段', base: '起点', waiting: '等待中'
  },
  settingConflict: {
    blockwiseNeedsLora: '逐块运行只训练适配器：请设置 LoRA 秩，或关闭逐块运行',
    pixelRange: '图片的最小面积大于最大面积',
    recomputeTwice: '逐块运行本来就会重新计算：再开启重计算没有作用',
    dropoutWithoutLora: '随机丢弃只作用于适配器：没有 LoRA 秩时不起作用',
    visionWithoutTargets: '视觉塔没有单独的查询和值层：选择这些层时它得不到适配器',
    dualClipTooSmall: '双重裁剪的上限应大于 1，或为 0 表示不用：更小的值会截掉没有变化的词元',
    sequenceDualClip: '整条路径的策略比（GSPO）没有双重裁剪：请设为 0',
    emptyMiniBatches: '小批次数多于一批展开的路径数',
    sequenceClipWide: '整条路径的策略比接近 1：GSPO 的裁剪范围是下 3e-4、上 4e-4，现在的范围几乎不会裁剪',
    sequenceAggregation: 'GSPO 规定每条路径同等权重：现在的聚合方式会让长路径占更大权重',
    lossLengthUnused: '常数长度只在聚合方式为 constantLength 时使用',
    recomputedOnce: '每批只更新一次时，重新计算的对数概率与更新本身的只差舍入误差：只会多花时间',
    temperatureRatio: '目标函数使用温度为 1 的对数概率：其他温度采样的路径并非来自它所假定的策略',
    lonelyRollout: '由展开组成偏好对，每组至少要有两条',
    alteredUnused: '每组展开只组成一对，与每题对数无关',
    promptCannotDraw: '这个阶段学习绘制路径；所选提示词只要求一轮且不绘制',
    promptDraws: '只学答案时使用提示词 answer：所选提示词要求绘制',
    formatWithoutKl: '论文中没有 KL 项时该提示词的格式奖励会崩溃；vsGRPO 使用 1e-4'
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
    checkpointEvery: { name: '检查点间隔步数', help: '0 表示只在结束时保存一个' },
    keepCheckpoints: { name: '保留的检查点数', help: '最新的若干个；最佳的和正在使用的另外保留' },
    weightDecay: { name: '权重衰减', help: '对矩阵的解耦权重衰减' },
    clipNorm: { name: '梯度裁剪', help: '全局梯度范数' },
    batchSize: { name: '批大小', help: '每个优化步的路径数' },
    minPixels: { name: '最少像素', help: '图片的最小面积（模型像素）；0 表示按模型惯例' },
    maxPixels: { name: '最多像素', help: '图片的最大面积（模型像素）；0 表示按模型惯例' },
    trainVision: { name: '训练视觉部分', help: '同时训练视觉塔与合并层，或为其加适配器（论文中冻结）' },
    recompute: { name: '重算各块', help: '只保留每个块的输入，反向时重新计算其余部分：省内存，约多用三分之一时间' },
    blockInputs: { name: '块输入', help: '逐块运行时各块输入如何等待反向传播：内存中的 float32、float16（内存减半，有舍入）或文件（精确）；auto = 内存放得下就用内存，否则用文件' },
    blockwise: { name: '逐块运行', help: '一次只运行一个块：冻结的权重以 float16 留在磁盘上，只占一个块的内存；需要 LoRA' },
    epochs: { name: '轮数', help: '每条路径学习的次数' },
    maskMistakes: { name: '屏蔽错误', help: '有意的错误不计入损失，其修正始终计入' },
    maskRejected: { name: '屏蔽被拒绝的步骤', help: '审阅者拒绝的步骤不计入损失，路径的其余步骤照常计入' },
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
    rewardGate: { name: '奖励门槛', help: '正确性高于该值才有奖励' },
    advantage: { name: '优势', help: 'grpo：奖励减去组均值再除以离散度；rloo：减去其余样本的均值；drGrpo：只减均值' },
    aggregation: { name: '损失聚合', help: 'sequenceMean：每条路径同等权重（论文）；tokenMean：每个词元同等权重（DAPO）；constantLength：每个词元除以常数（Dr. GRPO）' },
    lossLength: { name: '常数长度', help: 'constantLength 下每条路径按多少词元计；0 = 允许的最长路径' },
    ratio: { name: '策略比', help: 'token：逐词元；sequence：整条路径，取各词元的几何平均（GSPO）' },
    dualClip: { name: '双重裁剪', help: '优势为负时策略比的上限；0 = 关闭（发布代码为 3）' },
    innerSteps: { name: '每批遍数', help: '每批展开重复学习的遍数' },
    miniBatches: { name: '每遍更新次数', help: '一遍分成多少个优化步' },
    oldLogProbs: { name: '旧对数概率', help: 'sampled：采样时记录的；recomputed：更新前由评分计算图重新计算' },
    maxResamples: { name: '重采样轮数', help: '用其他题目替换奖励全部相同的组，最多几轮；0 = 关闭' },
    maskTruncated: { name: '屏蔽截断路径', help: '达到长度或轮数上限的路径不计入损失' },
    balanceTasks: { name: '任务最小占比', help: '较少任务的保留路径会重复，直到占到这个比例；0 = 不调整' },
    pairs: { name: '偏好对来源', help: 'answers：正确答案与改错的答案；paths：同上，但接在写好的路径末尾；rollouts：组内最好与最差的路径' },
    pairsPerItem: { name: '每题对数', help: '每个题目或路径的改错答案数' },
    beta: { name: 'β 系数', help: '策略受参考策略约束的强度' },
    labelSmoothing: { name: '标签平滑', help: '假定有多大比例的偏好对标反了' },
    lengthNormalised: { name: '按词元平均', help: '比较每词元的平均对数概率，而不是总和' }
  }
}
