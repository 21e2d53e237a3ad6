// A path looked at step by step, with a real mouse and real keys, on two real views, on the frames of a real video and on a turn with
// sampled tokens: the graph of pictures, the frame strip, views side by side, problems and tokens in the text; accepting up to a step.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeAnswerTurn, writeDrawTurn } from '#main/rollout/writeTurn.ts'
import { getTrajectory } from '#main/store/trajectories.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { complaintsEverywhere, complaintsOf } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { PathView } from './pages/pathView.ts'
import { box, line } from './reviewProject.ts'
import { importReal, writePath } from './writtenPaths.ts'

let opened: OpenedStudio
let review: PathView
let views: TrajectoryId
let viewsItem: DatasetItem
let video: TrajectoryId
let sampled: TrajectoryId

const BROKEN = '[{"index": 1, "bbox_2d": [4, 5, 60'
const STRANGE = '{"index": 1, "circle": [40, 40, 9], "label": "lamp"}'
const SPOILT = `<think> Once more. </think> Action: Object Mapper\n\`\`\`json\n[{"index": 2, "bbox_2d": [60, 120, 200, 220], "label": "car"}, ${STRANGE}, {"index": 2, "bbox_2d": [300, 20, 9000, 90], "label": "roof"}]\n\`\`\``

beforeAll(async () => {
  opened = await openedStudio()
  const { project } = opened.studio.workshop
  const itemOf = await importReal(project)
  const draw = (thought: string, ...ops: ReturnType<typeof box>[]): string => writeDrawTurn(thought, 'Object Mapper', ops)
  viewsItem = itemOf('multiView')
  views = await writePath(project, viewsItem, [
    draw('Both views.', box(1, 'tower', [40, 30, 200, 180]), box(2, 'tower', [90, 30, 250, 180])), draw('Closer.', box(3, 'door', [60, 100, 90, 170])),
    draw('The first again.', line(1, 'way', [10, 20, 300, 200])), writeAnswerTurn('So.', 'A')
  ])
  video = await writePath(project, itemOf('video'), [draw('Early.', box(2, 'post', [200, 20, 230, 190])), draw('Late.', box(14, 'post', [205, 20, 235, 190])), draw('Again.', box(17, 'post', [203, 22, 233, 190])), writeAnswerTurn('So.', 'B')])
  sampled = await writePath(project, itemOf('image'), [draw('Look.', box(1, 'car', [50, 110, 190, 210]), box(1, 'bus', [20, 30, 90, 80])), SPOILT, `<think> And? </think> Action: Object Mapper\n\`\`\`json\n${BROKEN}\n\`\`\``], { sampled: true })
  opened.page.setDefaultTimeout(30_000)
  review = new PathView(opened.page)
  await review.open(opened.url)
}, 240_000)

afterAll(async () => { await opened?.close() })

const open = async (id: TrajectoryId): Promise<void> => { await review.openAddress(new URL(opened.url).origin, id) }

describe('several views', () => {
  it('are a graph of which picture each step drew on, by pointer and by keys', async () => {
    await open(views)
    expect(await review.belowOptions()).toContain('Pictures (6)')
    await review.showBelow('Pictures (6)')
    expect(await review.edges()).toEqual(['1>3@1', '2>4@1', '3>5@2', '1>6@3'])
    await review.at('graph-picture-5').click()
    await review.shows({ step: 3, picture: 5 })
    await review.at('graph-picture-5').press('ArrowLeft')
    await review.shows({ step: 3, picture: 3 })
    await opened.page.keyboard.press('ArrowDown')
    await review.shows({ step: 4, picture: 6 })
    await review.at('graph-step-4').press('ArrowLeft')
    await opened.page.keyboard.press('ArrowLeft')
    await review.shows({ step: 2, picture: 3 })
    await review.at('graph-step-1').click()
    await review.shows({ step: 1, picture: 1 })
    expect(await review.drawn(0)).toEqual(['1>3', '2>4'])
  })

  it('stand side by side, and the pressed one comes under the hand', async () => {
    await review.at('below').getByText('Shapes').click()
    await opened.page.keyboard.press('t')
    await review.sideBySide(2)
    await review.at('side-view-2').click()
    await review.shows({ step: 1, picture: 2 })
    await review.ready()
    const before = await review.shapes()
    await review.drawBox([300, 200], [350, 250])
    const drawn = await review.until((shapes) => shapes.length === before.length + 1)
    for (const [i, value] of [300, 200, 350, 250].entries()) expect(Math.abs((drawn.at(-1)?.numbers[i] ?? 0) - value)).toBeLessThanOrEqual(3)
    await review.saved()
    await review.undo()
    await review.until((shapes) => shapes.length === before.length)
    await review.at('toggle-side-by-side').click()
    await review.sideBySide(1)
  })
})

describe('frames of a video', () => {
  it('are a strip in their order, with times and what drew on them', async () => {
    await open(video)
    expect((await review.frames()).slice(0, 3)).toEqual(['1 0:00.6', expect.stringMatching(/^2 0:\d\d\.\d .*1$/), expect.stringMatching(/^3 0:\d\d\.\d$/)])
    expect(await review.frames()).toHaveLength(16)
    await review.shows({ step: 1, picture: 2 })
    await review.at('picture-2').press('ArrowRight')
    await review.shows({ step: 1, picture: 3 })
    await opened.page.keyboard.press('End')
    await review.shows({ step: 1, picture: 16 })
    await opened.page.keyboard.press('Home')
    await opened.page.keyboard.press('.')
    await opened.page.keyboard.press('.')
    await opened.page.keyboard.press(',')
    await review.shows({ step: 1, picture: 2 })
  })

  it('leave out of the graph what nobody drew on, and stand beside each other four at most', async () => {
    await review.showBelow('Pictures (19)')
    expect(await review.at('graph-untouched').innerText()).toMatch(/^14 /)
    expect(await review.edges()).toEqual(['2>17@1', '14>18@2', '17>19@3'])
    await opened.page.keyboard.press('t')
    await review.sideBySide(4)
    expect(await complaintsEverywhere(opened.page)).toEqual({})
    await opened.page.keyboard.press('t')
    await review.sideBySide(1)
  })
})

describe('a step', () => {
  it('says what could not be used and where, what breaks the form, and what it was drawn on', async () => {
    await open(sampled)
    expect(await review.problems()).toEqual(['unknown_operation', 'outside_image', 'unparsed_block'])
    expect(await review.at('step-malformed').count()).toBe(2)
    expect(await review.at('step').nth(1).getByTestId('step-revises').count()).toBe(1)
    expect(await review.drawn(1)).toEqual(['2>3'])
    await review.at('problem-show').first().click()
    expect(await review.marked(1, 0)).toBe(STRANGE)
    expect(await review.marked(1, 1)).toContain('[300, 20, 9000, 90]')
    expect((await review.marked(2, 0)).trim()).toBe(BROKEN)
    expect(await complaintsEverywhere(opened.page)).toEqual({})
  })

  it('reads its tokens off by pointer and by keys, in their own words', async () => {
    const strip = review.at('token-strip').first()
    const count = Number(await strip.getAttribute('data-count'))
    await strip.getByTestId('token-cells').press('End')
    await expect.poll(() => strip.getByTestId('token-reading').innerText()).toMatch(new RegExp(`^token ${count} of ${count}: log p .* · p [01]\\.\\d{3} · "<\\|im_end\\|>"$`))
    await opened.page.keyboard.press('ArrowLeft')
    await expect.poll(() => strip.getByTestId('token-reading').innerText()).toMatch(new RegExp(`^token ${count - 1} of ${count}: .* · ".*\`+"$`))
    await review.turnText(0).locator('span').first().hover()
    await expect.poll(() => strip.getByTestId('token-reading').innerText()).toMatch(/^token 1 of \d+: .* "<think>"|^token 1 of \d+: .* "<"/)
    const heat = () => review.turnText(0).locator('span').nth(3).evaluate((span) => (span as HTMLElement).style.getPropertyValue('--heat'))
    const byLogProb = await heat()
    await review.at('token-shade').first().getByText('entropy').click()
    expect(Number.parseInt(await heat())).toBeLessThan(Number.parseInt(byLogProb))
  })

  it('lights an operation in the text, on the strip and on the canvas together', async () => {
    await review.at('step').first().getByTestId('step-op').nth(1).click()
    await review.shows({ step: 1, picture: 1 })
    expect(await review.litText(0)).toContain('"label": "bus"')
    await review.at('shape-editor').waitFor()
    const [from, to] = await review.litCells(0)
    expect(to - from).toBeGreaterThan(5)
    await review.turnText(0).locator('[data-op="0"]').first().click()
    await expect.poll(() => review.litText(0)).toContain('"label": "car"')
    expect((await review.litCells(0))[0]).toBeLessThan(from)
    await review.click(60, 35)
    await expect.poll(() => review.litText(0)).toContain('"label": "bus"')
    expect(await complaintsOf(opened.page)).toEqual([])
  })
})

describe('accepting up to a step', () => {
  it('ends the path there, offers to go on from there, and is undone like any edit', async () => {
    await open(views)
    await review.chooseStep(1)
    await opened.page.getByTestId('canvas').focus()
    await opened.page.keyboard.press('e')
    await review.steps(2)
    await review.saved()
    await review.at('step-cut').waitFor()
    expect(await review.at('verdict-bar').getAttribute('data-verdict')).toBe('accept')
    expect(await review.at('continue-open').getAttribute('data-keep')).toBe('2')
    expect(await review.at('path-reward').count()).toBe(0)
    expect(await review.at('path-answer').innerText()).toBe('–')
    expect(await complaintsOf(opened.page)).toEqual([])
    await opened.page.reload()
    await review.ready()
    await review.steps(2)
    await review.undo()
    await review.steps(4)
    await review.saved()
    expect(await review.at('path-answer').innerText()).toBe('A')
    expect(await review.at('verdict-bar').getAttribute('data-verdict')).toBe('none')
    await review.at('accept-up-to').first().click()
    await review.steps(1)
    await review.saved()
    await review.undo()
    await review.steps(4)
    expect(opened.faults).toEqual([])
  })
})

describe('what a picture or a score is about, in words', () => {
  it('says why an answer has its score in the language in use', async () => {
    await open(views)
    expect(await review.at('reward-explanation').innerText()).toMatch(/^\S+ (is right|instead of \S+)$/)
    await review.switchLanguage()
    expect(await review.at('reward-explanation').innerText()).toMatch(/正确|应为/)
    await review.switchLanguage()
  })

  it('says which picture is missing and what to do', async () => {
    const { project } = opened.studio.workshop
    const path = getTrajectory(project, await writePath(project, viewsItem, [writeDrawTurn('Elsewhere.', 'Object Mapper', [box(1, 'gate', [11, 12, 77, 99])]), writeAnswerTurn('So.', 'A')]))
    const blob = path.steps[0]?.observations[0]?.image.blob ?? ''
    await rm(join(project.folder, 'blobs', blob.slice(0, 2), blob))
    await open(path.id)
    expect(await review.at('model-view-gone').innerText()).toContain(blob)
    expect(await review.at('model-view-gone').innerText()).toMatch(/from a copy.*edit of the step draws a new one/)
    expect(await complaintsEverywhere(opened.page)).toEqual({})
    expect(opened.faults).toEqual([])
  })
})
