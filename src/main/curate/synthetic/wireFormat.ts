import type { Box } from './grid.ts'

/** What a teacher writes: turns in the wire format of METHOD.md section 1, character for character. */
export interface WrittenBox {
  index: number
  box: Box
  label: string
}

export interface WrittenLine {
  index: number
  start: readonly [number, number]
  end: readonly [number, number]
  label: string
}

const turn = (thought: string, action: string, body: string) => `<think> ${thought} </think> Action: ${action}\n${body}`

const fenced = (objects: string[]) => `\`\`\`json\n[${objects.join(', ')}]\n\`\`\``

export function writeLine(line: WrittenLine): string {
  const { index, start, end, label } = line
  return `{"index": ${index}, "start_point_2d": [${start.join(', ')}], "end_point_2d": [${end.join(', ')}], "label": "${label}"}`
}

export function writeBox({ index, box, label }: WrittenBox): string {
  return `{"index": ${index}, "bbox_2d": [${box.join(', ')}], "label": "${label}"}`
}

export function lineTurn(thought: string, lines: readonly WrittenLine[]): string {
  return turn(thought, 'Path Tracer', fenced(lines.map(writeLine)))
}

export function boxTurn(thought: string, boxes: readonly WrittenBox[]): string {
  return turn(thought, 'Object Mapper', fenced(boxes.map(writeBox)))
}

export function answerTurn(thought: string, answer: string): string {
  return turn(thought, 'Answer', `<answer> ${answer} </answer>`)
}
