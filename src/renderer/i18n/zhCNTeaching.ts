import type { Messages } from './en.ts'
import type { enTeaching } from './enTeaching.ts'

/** 端点以及任务结束时的报告。 */
export const zhCNTeaching: Pick<Messages, keyof typeof enTeaching> = {
  endpoints: {
    title: '端点', panelWhat: '使用 OpenAI 协议的服务器上的模型；可以书写示范路径。', none: '还没有端点。', add: '添加端点', change: '修改', save: '保存', notSaved: '端点未能保存',
    notRead: '无法读取端点', what: '任何提供 OpenAI 兼容对话接口、且模型能看图的服务器。', name: '名称', model: '模型', url: '基础地址，到 /v1 为止', key: 'API 密钥',
    keyNone: '无', keyKept: '已保存', keyAgain: '请重新输入密钥', keyHelp: '保存在系统密钥库或只有您能读取的文件中；不写入项目，不写入日志，也不再显示。',
    parallelism: '同时请求数', retries: '重试次数', timeout: '单次请求秒数', tokenLimit: '回复上限的参数名', priced: '计算费用', pricePrompt: '每百万输入词元价格',
    priceCompletion: '每百万回复词元价格', price: '价格（入 / 出）', actions: '操作', test: '测试', remove: '删除', removeSure: '删除 {name} 及其密钥？它写过的路径会保留。', notRemoved: '端点未能删除',
    answers: '有响应，并提供 {model}', otherModels: '有响应，但没有模型 {model}。它提供：{models}'
  },
  summary: {
    paths: '路径', items: '题目', promptTokens: '输入词元', completionTokens: '回复词元', cost: '费用', changed: '已更改', undone: '已撤回', left: '之后另有更改而保留', frozen: '因冻结数据而保留', megabytes: '释放的 MB', imported: '新增', duplicates: '已存在', refused: '被拒绝', pictures: '图片', folder: '所在文件夹', steps: '步数',
    sampled: '采样', reward: '奖励', loss: '损失', stages: '阶段', checkpoint: '检查点', accuracy: '准确率', correct: '正确', rollouts: '展开',
    parameters: '参数量', weights: '权重', converted: '已转换', maxError: '最大误差', overflowed: '超出半精度', underflowed: '变为零',
    quantized: '4 位矩阵', weightError: '矩阵最大相对误差', logitError: 'logits 平均误差', largestLogitError: 'logits 最大误差', meanKl: '每词元 KL（奈特）', sameTop: '最可能词元相同'
  }
}
