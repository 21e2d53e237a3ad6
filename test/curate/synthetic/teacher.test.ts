import { describe, expect, it } from 'vitest'
import type { Sampling } from '#shared/domain/trajectory.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { GENERATORS } from '#main/curate/synthetic/syntheticItem.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import { readProcessorConfig } from '#main/model/processor.ts'
import { scorePath } from '#main/reward/compose.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'
import { playScript } from '#main/rollout/script.ts'
import { POCKET_PREPROCESSOR } from '../../../scripts/pocket/architecture.ts'

const sampling: Sampling = {
  temperature: 1, topP: 1, topK: 0, seed: 1, maxTurnTokens: 200, maxTotalTokens: 2000, maxTurns: 10, maxImages: 12, repeatTolerance: 0
}

const options = {
  preset: loadPromptPreset('pocket'), style: loadDrawStyle('pocket'), sampling, smartResize: readProcessorConfig(POCKET_PREPROCESSOR)
}

const rewarded = { scale: 'sum', gate: 0, choice: 'exact', shape: 'action' } as const

describe.each(GENERATORS)('teacher paths of %s, played through the rollout', (name) => {
  it.each(['plain', 'reflective'] as const)('%s: answered, full reward, reflective exactly when meant', (kind) => {
    for (let index = 0; index < 25; index++) {
      const item = generateItem(name, 5, index)
      const draft = playScript(item, [item.image], item.teacher(kind, index), options)
      expect(draft.finishReason).toBe('answered')
      expect(draft.steps.flatMap(({ problems }) => problems)).toEqual([])
      const reward = scorePath(item, draft, rewarded)
      expect(reward.total).toBe(2)
      expect(reward.reflective).toBe(kind === 'reflective')
    }
  })

  it('draws on a copy: the question keeps its picture', () => {
    const item = generateItem(name, 5, 0)
    const before = item.image.data.slice()
    const draft = playScript(item, [item.image], item.teacher('plain', 0), options)
    expect(item.image.data).toEqual(before)
    expect(draft.steps[0]?.observations[0]?.image.data).not.toEqual(before)
  })
})
