import type { Messages } from './en.ts'
import type { enPages } from './enPages.ts'

/** 各页面的文字。 */
export const zhCNPages: Pick<Messages, keyof typeof enPages> = {
  data: {
    search: '搜索问题', task: '任务', split: '划分', dataType: '图片', questionType: '答案类型', question: '问题', answer: '答案', images: '图片', paths: '路径',
    count: '{n} 个题目', import: '导入', export: '导出', exportWhat: '把勾选的题目（未勾选时为列表中的全部）连同图片写成 ViLaSR 记录，存入项目内单独的文件夹', generate: '生成', importSample: '导入随附的真实题目',
    empty: '还没有题目', emptyHint: '可以先导入随程序附带的真实照片和题目，生成一些已知答案的题目，或导入自己的记录。',
    noMatch: '没有匹配的内容', noMatchHint: '没有条目同时满足所选的全部筛选条件。',
    chooseOne: '请选择一个题目', chooseOneHint: '这里会显示它的图片、答案以及得到的路径。',
    origin: '来源', seed: '随机种子', pictures: '图片（{n}）', pictureOf: '第 {i} 张，共 {n} 张', truth: '显示标准标注', pathsOf: '路径（{n}）',
    noPaths: '该题目还没有路径。用模型展开即可得到。'
  },
  import: {
    title: '导入题目',
    what: '请选择一个文件夹，其中包含记录文件（ViLaSR 格式的 JSON 或 JSONL）以及它引用的图片和视频；也可以逐个选择文件。合格的记录会被导入，不合格的会逐条报告行号和原因。',
    folder: '选择文件夹', files: '选择文件', chosen: '{n} 个文件，{size} MB', records: '记录文件', noRecords: '这些文件中没有 .json 或 .jsonl 记录文件。'
  },
  generate: {
    title: '生成题目', generator: '类型', count: '数量', teacher: '示范路径', teacherHelp: '同时保存正确绘制并作答的脚本路径，供冷启动学习。',
    reflective: '反思比例', reflectiveHelp: '{share} 的示范路径含有一处先画错、随后发现并改正的图形。'
  },
  rollOut: { temperature: '温度' },
  review: {
    search: '搜索问题和答案', answer: '答案', verdict: '评定', count: '{n} 条路径', empty: '还没有路径',
    emptyHint: '请生成带示范路径的题目，或在数据页面用模型展开某个题目。', noMatch: '没有匹配的路径',
    chooseOne: '请选择一条路径', chooseOneHint: '可以在这里查看并修改它的各个步骤。', expected: '标准答案', reward: '奖励', parts: '正确 {correct} + 格式 {format}',
    extracted: '识别为', versions: '版本', version: '第 {n} 版，共 {of} 版', versionName: '第 {n} 版', steps: '步骤', step: '第 {n} 步', thought: '思考', mistake: '有意的错误',
    tokens: '{n} 个词元 · log p {logProb} · H {entropy}', tokenHelp: '本步的词元数、平均对数概率与平均熵（奈特）', asWritten: '原文',
    markedByHand: '人工标记', markedBySelf: '由反思规则判定',
    logProbStrip: '每个词元的对数概率：越不可能越深', entropyStrip: '每个词元处的熵：越不确定越深', tokenAt: '第 {n} 个词元，共 {of} 个：log p {logProb}，H {entropy}'
  },
  evaluate: {
    new: '评估', empty: '还没有评估', emptyHint: '在留出的题目上测量一个检查点；之后可以并排比较多次评估。', baseline: '基线', compare: '要比较的评估',
    evaluation: '评估', items: '题数', overall: '全部任务', label: '名称', checkpoint: '检查点', limit: '每个任务的题数（0 = 全部）',
    open: '在审阅中打开'
  },
  metric: { accuracy: '准确率', format: '格式', grounding: '定位', reflectionRate: '反思率', steps: '步数', boxes: '框数', lines: '线数', responseTokens: '词元数' },
  models: {
    count: '{n} 个检查点', empty: '项目中没有模型', emptyHint: '新建项目时会登记内置模型；训练会增加检查点。', name: '名称', family: '系列',
    parameters: '参数量', from: '来源', folder: '文件夹', hash: '权重 SHA-256', made: '创建时间', base: '基础模型',
    import: '导入模型', found: '在此找到', path: '文件夹', ownName: '名称（可选）',
    importWhat: 'Qwen2-VL 或 Qwen2.5-VL 模型的 Hugging Face 文件夹。其中的内容都会检查；浮点权重直接链接，bfloat16 权重转换一次，日志会说明转换造成的变化。',
    form: '权重', forms: { released: '按发布的精度（16 或 32 位）', '4bit': '解码器 4 位量化' },
    formWhat: '把解码器的线性层量化为 4 位，约为原来的四分之一；视觉塔、归一化层和词嵌入保持不变。之后可以在其上逐块训练适配器，但不能训练权重本身。任务会说明量化造成的误差：每层的权重误差和 logits 误差。',
    importWhere: '在浏览器中只能导入项目收件箱里的文件夹，以及启动服务器时用 --models FOLDER 指定的文件夹。',
    parameterParts: '{total}：文本 {text}，视觉 {vision}，嵌入与输出头 {embedding}',
    text: '解码器', textShape: '{layers} 层，宽度 {width}，{heads} 个头（{shared} 个键值头）',
    vision: '视觉塔', visionShape: '{depth} 个块，宽度 {width}，{heads} 个头',
    dtype: '存储类型', tokenizer: '分词器', tokenizerSize: '{size} 个编号，嵌入 {rows} 行', template: '对话模板', pixelLimits: '图片像素数',
    templateIs: { own: '自带，已验证', chatml: '无：使用普通 ChatML' },
    memory: '所需内存（本机共 {machine}）', memoryNote: '由形状计算得出；系统和其他程序也需要内存。“紧张”表示超过五分之四。',
    use: '用途', uses: { rollout: '展开', lora: 'LoRA 微调', blockwise: 'LoRA 逐块微调', device: 'LoRA 逐块微调（显卡上）', full: '完整训练' }, fitsHere: '本机可用', fits: { yes: '可以', tight: '紧张', no: '不行' }, card: '{size} 的显卡', inFile: '块输入放在文件里',
    part: { weights: '权重', gradients: '梯度', moments: '动量', activations: '激活', cache: '缓存', total: '合计' },
    load: { batch: '同时的序列数', tokens: '每个序列的词元数', images: '每个序列的图片数', pixels: '每张图片的像素数', rank: 'LoRA 秩' }
  }
}
