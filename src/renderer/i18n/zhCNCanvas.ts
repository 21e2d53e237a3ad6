import type { Messages } from './en.ts'
import type { enCanvas } from './enCanvas.ts'

/** 画布、画布上的内容以及编辑本身的文字。 */
export const zhCNCanvas: Pick<Messages, keyof typeof enCanvas> = {
  canvas: {
    label: '第 {step} 步在图 {picture} 上的绘制', tools: '绘图工具', select: '选择', pan: '平移', box: '框', line: '线', undo: '撤销', redo: '重做', remove: '删除', duplicate: '复制',
    earlier: '提前绘制', later: '推后绘制', clip: '裁到图片内', snapping: '吸附到角点、边、中心和端点',
    zoomIn: '放大', zoomOut: '缩小', actual: '100 %', fit: '适应窗口', notEditable: '这一步没有绘制。', modelView: '模型所见', before: '之前', after: '之后',
    gone: '无法显示图片 {name}：其文件（blobs 中的 {blob}）缺失或无法读取。请从备份恢复项目的 blobs 文件夹，或重新导入该图片。',
    goneFrame: '{video} 的 {at} 处', goneDrawn: '无法显示绘制后的图片：其文件（blobs 中的 {blob}）缺失或无法读取。请从备份恢复项目的 blobs 文件夹；编辑这一步会重新绘制。',
    modelSize: '{width} × {height} 模型像素', pictures: '路径中的图片', picture: '图 {n}', drawnHere: '这一步在此绘制', below: '图形、修正或图片', sideBySide: '多视图并排',
    layers: '图层与辅助', modelLayer: '模型绘制的', humanLayer: '人工绘制或修改的', onlyStep: '仅这一步', crosshair: '十字线', magnifier: '放大镜', minimap: '放大时显示全图', opacity: '不透明度'
  },
  shapes: {
    title: '图形（{n}）', addBox: '框', addLine: '线', label: '标签', chosen: '选中的图形', several: '已选中 {n} 个图形', labelsDiffer: '标签不同',
    severalHint: '移动、删除、复制和修改标签对所有选中的图形同时生效，并可一次撤销。坐标数值只能逐个编辑。', suggestions: '建议的标签', outside: '超出图片',
    outsideHint: '超出图片。“裁到图片内”会将其裁掉；修改其坐标数值也会。',
    none: '这张图上没有图形。按 R 或 L 并在图上拖动，或在此添加。', noneHere: '这里没有图形。'
  },
  space: { model: '模型像素', source: '原图像素', perMille: '0–1000' },
  revision: {
    title: '修正（{n}）', none: '这条路径中没有被看到后又移动的图形。', steps: '第 {from} 步 → 第 {to} 步', found: '自动发现', byHand: '人工添加', confirmed: '已确认', refused: '已否定',
    confirm: '这是修正', refuse: '这不是修正', addFor: '“{label}” 再次查看的是', earlier: '较早的图形', noEarlier: '这张图上没有同类的较早图形', candidate: '第 {step} 步：{label}',
    ends: '起点移动 {start} px，终点移动 {end} px', legend: '图上：虚线为原来的位置，实线为现在的位置。',
    add: '添加', addHint: '选中一个图形，即可将其标为对较早图形的再次查看。'
  },
  rivals: {
    what: '{reviewer} 也编辑了这条路径（{time}）。两个版本都已保存。', chosen: '在另一个窗口中选择了 {reviewer} 的版本（{time}）；此版本仍保留在版本记录中。', newer: '另一个窗口保存了这条路径的新版本。', showNewer: '显示新版本', compare: '比较并选择', title: '同一路径的两个版本', failed: '选择未能保存',
    explain: '无论怎样选择都不会丢失内容：搁置的版本不再出现在列表中，但仍保留在路径的版本里。',
    mine: '此版本', theirs: '{reviewer} 的版本', keepMine: '保留此版本', takeTheirs: '采用另一个', keepBoth: '都保留为独立路径'
  }
}
