// What the engine says of a turn is read back as it says it.
import { expect, it } from 'vitest'
import { blankImage } from '#main/image/rawImage.ts'
import { advance, finishedPath, startEpisode } from '#main/rollout/episode.ts'
import type { StepProblem } from '#shared/domain/trajectory.ts'
import { problemValues } from '../../src/renderer/pages/review/problemWords.ts'
import { answer, drawing, item, options, turnOf } from '../rollout/material.ts'

function problemsOf(turns: readonly string[]): StepProblem[] {
  let { episode } = startEpisode(item, [blankImage(112, 112)], options)
  for (const text of turns) episode = advance(episode, turnOf(text)).episode
  return finishedPath(episode).steps.flatMap(({ problems }) => problems)
}

it('reads what a problem is about out of what the path keeps', () => {
  expect(problemsOf([drawing(7, 1)]).map(problemValues)).toEqual([{ image: '7', count: '1' }])
  expect(problemsOf([drawing(1, 100), answer]).map(problemValues)).toEqual([{ shape: 'line', label: '1', at: expect.stringMatching(/^100(, \d+){3}$/) as string, width: '112', height: '112', image: '1' }])
  expect(problemsOf([drawing(1, 14), drawing(1, 14)]).map(problemValues)).toEqual([{ shape: 'line', label: '1', at: expect.stringMatching(/^14(, \d+){3}$/) as string }])
})

it('leaves the model\'s own text alone', () => {
  expect(problemValues({ kind: 'unknown_operation', detail: '{"circle": [1, 2]}' })).toBeNull()
  expect(problemValues({ kind: 'outside_image', detail: 'the line leaves the picture' })).toBeNull()
})
