import type { Messages } from './en.ts'
import { zhCNAssist } from './zhCNAssist.ts'
import { zhCNCanvas } from './zhCNCanvas.ts'
import { zhCNDevices } from './zhCNDevices.ts'
import { zhCNFindings } from './zhCNFindings.ts'
import { zhCNItems } from './zhCNItems.ts'
import { zhCNJobs } from './zhCNJobs.ts'
import { zhCNMachine } from './zhCNMachine.ts'
import { zhCNNewItem } from './zhCNNewItem.ts'
import { zhCNPages } from './zhCNPages.ts'
import { zhCNPaths } from './zhCNPaths.ts'
import { zhCNQueue } from './zhCNQueue.ts'
import { zhCNSimilar } from './zhCNSimilar.ts'
import { zhCNTeaching } from './zhCNTeaching.ts'
import { zhCNTraining } from './zhCNTraining.ts'

/** 简体中文 */
export const zhCN: Messages = {
  ...zhCNPages,
  ...zhCNItems,
  ...zhCNSimilar,
  ...zhCNNewItem,
  ...zhCNCanvas,
  ...zhCNTraining,
  ...zhCNTeaching,
  ...zhCNPaths,
  ...zhCNAssist,
  ...zhCNDevices,
  ...zhCNFindings,
  ...zhCNJobs,
  ...zhCNMachine,
  ...zhCNQueue,
  shell: { pages: '页面', language: '切换语言', otherLanguage: 'English', theme: '切换浅色与深色' },
  page: { data: '数据', review: '审阅', train: '训练', evaluate: '评估', models: '模型' },
  status: {
    counts: '{items} 个题目，{paths} 条路径', cores: '{n} 核', noJob: '没有正在运行的任务', stopping: '正在停止…', queued: '另有 {n} 个排队', left: '剩余 {time}',
    saved: '已保存', saving: '正在保存…', notSaved: '未保存',
    run: { queued: '排队中', running: '运行中', pausing: '正在暂停', paused: '已暂停', stopping: '正在停止', finished: '已完成', stopped: '已停止', failed: '失败' }
  },
  connection: { connecting: '正在连接', open: '已连接', lost: '连接断开，正在重试', gone: '程序没有响应。恢复连接后请重试。', refused: '程序已重新启动：请打开它输出的地址' },
  action: {
    cancel: '取消', start: '开始', close: '关闭', retry: '重试', cancelJob: '取消任务', runInBackground: '转到后台运行', clearFilter: '清除筛选',
    yes: '是', no: '否', kind: { draw: '绘制', answer: '作答', none: '无动作' }
  },
  failure: {
    read: '无法读取项目', import: '导入失败', export: '无法导出', importModel: '无法导入模型', generate: '无法生成', cancel: '无法取消',
    train: '无法开始', resume: '无法继续', evaluate: '无法评估', picture: '无法显示图片'
  },
  jobTitle: {
    bulkItems: '批量更改题目', undoItems: '撤回对题目的批量更改', deleteItems: '永久删除题目', bulkPaths: '批量评定路径', undoPaths: '撤回对路径的批量评定', tidy: '删除无人使用的图片'
  },
  progressUnit: { items: '题', paths: '条路径', records: '条记录', steps: '步', questions: '题', files: '个文件' },
  job: { finished: '已完成', stopped: '已停止，此前的结果已保留。', log: '日志', noLog: '暂无消息。' },
  split: { train: '训练', validation: '验证', test: '测试' },
  dataType: { image: '单张图片', multiView: '多视角', video: '视频' },
  questionType: { multipleChoice: '选择题', numerical: '数值', regression: '测量', freeForm: '自由文本', vci: '相机运动' },
  generator: {
    maze: { name: '迷宫', what: '在网格上按步移动，说出终点的字母；每一步都画线。' },
    relation: { name: '关系', what: '判断哪个物体在左、在上或更近；为每个提到的物体画框。' },
    count: { name: '计数', what: '数出某类物体的个数；每个物体一个框。' }
  },
  origin: { teacher: '示范', model: '模型', human: '人工修改' },
  verdict: { accept: '接受', reject: '拒绝', skip: '跳过', none: '未评' },
  path: { correct: '正确', wrong: '错误', unscored: '未评分', reflective: '有反思', notReflective: '无反思', behaviour: '{steps} 步，{boxes} 框，{lines} 线', short: '{steps} 步 · {boxes} □ · {lines} ↗' },
  finish: {
    answered: '已作答', no_action: '无动作', bad_action: '动作无法执行', too_many_images: '图片过多', too_many_turns: '轮数过多',
    repeated_action: '重复动作', turn_length: '单轮过长', total_length: '路径过长', cut: '人工截止'
  },
  problem: {
    unparsed_block: '无法解析的代码块', unknown_operation: '未知操作', missing_image: '没有这张图片', outside_image: '超出图片范围',
    repeated_action: '重复的操作', no_action: '无动作'
  },
  shortcuts: {
    title: '键盘快捷键', note: '在输入框中打字时快捷键不起作用。列表可用方向键、Page Up/Down、Home 和 End 移动。绘制时按住 Ctrl 关闭吸附，按住 Shift 画正方形或直线。Shift 加单击可增选或取消一个图形；在图片空白处拖动，或按住 Shift 在任意处拖动，可选中所触及的图形。',
    edit: '更改按键', done: '完成', reset: '全部重置', resetOne: '重置“{action}”', change: '更改“{action}”的按键', press: '请按键…', editNote: '点击此处的按键，再按下新的按键；Esc 取消。方向键和数字键保持不变。',
    conflict: '对应多个操作：{actions}',
    global: { title: '全局', page1: '数据', page2: '审阅', page3: '训练', page4: '评估', page5: '模型', help: '本表', prelabel: '让模型书写路径（数据、审阅）' },
    data: { title: '数据', tick: '勾选题目', tickAll: '勾选当前查询的全部题目', trash: '移入回收站' },
    canvas: {
      title: '画布', toolSelect: '选择', toolBox: '画框', toolLine: '画线', toolPan: '平移（或按住空格）', addBox: '添加框', addLine: '添加线', cancel: '取消、取消选择', remove: '删除图形',
      pick: '建议的标签，否则为答案选项', nextShape: '下一个图形', previousShape: '上一个图形', alsoNext: '同时选中下一个图形', alsoPrevious: '同时选中上一个图形', chooseAll: '选中这一步的全部图形', earlier: '提前绘制', later: '推后绘制', clip: '裁到图片内', resize: '缩放 1', panView: '移动视图',
      snapping: '吸附', crosshair: '十字线', magnifier: '放大镜', minimap: '全图', onlyStep: '仅这一步', modelLayer: '模型图层', humanLayer: '人工图层', modelView: '模型所见', sideBySide: '多视图并排', nextPicture: '下一张图片或帧', previousPicture: '上一张图片或帧',
      duplicate: '复制图形', relabel: '编辑标签', undo: '撤销', redo: '重做', nudge: '移动 1', nudge10: '移动 10',
      fit: '适合窗口', actualSize: '100 %', zoomIn: '放大（或滚轮）', zoomOut: '缩小'
    },
    review: {
      title: '审阅', accept: '接受并继续', reject: '拒绝并继续', skip: '下一条路径', previous: '上一条路径', markReflective: '标记为有反思', nextRevision: '下一处修正', confirmRevision: '确认修正', refuseRevision: '否定修正',
      acceptUpTo: '采纳到这一步为止', acceptStep: '接受这一步', rejectStep: '拒绝这一步', nextStep: '下一步', previousStep: '上一步'
    }
  }
}
