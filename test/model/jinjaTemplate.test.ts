import { expect, it } from 'vitest'
import { type ChatMessage, CHATML_TEMPLATE, defaultSystemOf, renderWithTemplate } from '#main/model/jinjaTemplate.ts'

const MESSAGES: ChatMessage[] = [{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'What?' }] }, { role: 'assistant', content: 'That.' }]
const render = (template: string): string => renderWithTemplate(template, MESSAGES)

it('renders a dialogue', () => {
  expect(render(CHATML_TEMPLATE)).toBe('<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>What?<|im_end|>\n<|im_start|>assistant\nThat.<|im_end|>\n')
  expect(render('\n{{ messages[1].content }}')).toBe('\nThat.')
  expect(defaultSystemOf(CHATML_TEMPLATE)).toBeNull()
})

it('counts as Python does', () => {
  const counted = (call: string): string => render(`{% for i in ${call} %}{{ i }} {% endfor %}`).trim()
  expect([counted('range(3)'), counted('range(1, 4)'), counted('range(0, 7, 3)'), counted('range(3, 0, -2)'), counted('range(3, 1)')]).toEqual(['0 1 2', '1 2 3', '0 3 6', '3 1', ''])
  expect(render('{% for i in range(messages|length) %}{% for j in range(2) %}{{ messages[i].role }}{% endfor %}{% endfor %}')).toBe('useruserassistantassistant')
})

it('refuses a template that would never end or fill the memory', () => {
  for (const template of ['{% for i in range(1000000000) %}x{% endfor %}', '{% for i in range(9000) %}{% for j in range(9000) %}x{% endfor %}{% endfor %}', '{{ range(0, 99999999999999999999) }}', '{{ range(0, 5, 0) }}']) {
    expect(() => render(template), template).toThrow(expect.objectContaining({ code: 'bad_checkpoint', message: expect.stringContaining('range()') as string }))
  }
})

it('ends a template that takes too long', () => {
  const loops = '{% set r = range(5000) %}{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}'
  expect(() => render(loops)).toThrow(expect.objectContaining({ code: 'bad_checkpoint', message: expect.stringContaining('timed out') as string }))
})
