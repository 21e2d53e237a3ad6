import type { Messages } from './en.ts'

/** 在自有图片上编写题目的对话框用语。 */
export const zhCNNewItem: Pick<Messages, 'newItem'> = {
  newItem: {
    open: '新建题目', title: '在自己的图片上新建题目', pictures: '图片或视频', choose: '选择图片', more: '添加图片', taking: '正在读入图片…', remove: '移除第 {n} 张图片',
    what: '多张图片视为同一场景的多个视角；视频会取 16 帧。', add: '添加', another: '添加并继续', added: '已添加：{question}', failed: '未能添加题目'
  }
}
