import type { Messages } from './en.ts'
import type { enJobs } from './enJobs.ts'

/** 任务的名称与进度。 */
export const zhCNJobs: Pick<Messages, keyof typeof enJobs> = {
  jobNamed: {
    rollOut: '用 {writer} 展开 {items} 个题目，每题 {samples} 次', continuePath: '用 {writer} 从第 {step} 步之后续写路径 {samples} 次', evaluate: '评估 {name}', pipeline: '完整流程（{minutes} 分钟，随机种子 {seed}）',
    pipelineFrom: '从 {name} 开始的流程（随机种子 {seed}）', generate: '生成 {count} 个 {generator} 题目', import: '导入 {name}', importSample: '导入真实题目', importModel: '导入模型 {name}', export: '导出 {items} 个题目',
    prelabel: '用 {writer} 为 {items} 个题目预标注', prelabelMore: '用 {writer} 继续为 {items} 个题目预标注'
  },
  progressPhase: {
    rollout: '展开', evaluation: '评估', training: '训练', reinforcement: '强化学习', sampling: '采样', dry_run: '试跑', convert_weights: '转换权重', import: '导入', generate: '生成', teach: '书写路径', export: '导出'
  }
}
