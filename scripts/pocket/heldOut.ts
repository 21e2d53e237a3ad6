import type { TaskScore } from '#shared/domain/evaluation.ts'
import { BlobId, ItemId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Sampling, Step } from '#shared/domain/trajectory.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { GENERATORS } from '#main/curate/synthetic/syntheticItem.ts'
import { taskScores } from '#main/evaluate/metrics.ts'
import { loadDrawStyle } from '#main/image/canvas.ts'
import type { Policy } from '#main/model/policy.ts'
import { scorePath } from '#main/reward/compose.ts'
import type { DraftStep, EpisodeOptions } from '#main/rollout/episode.ts'
import { rollOut } from '#main/rollout/group.ts'
import { PolicyTurns } from '#main/rollout/policyTurns.ts'
import { loadPromptPreset } from '#main/rollout/prompt.ts'

/** Items no training run of the scripts uses: their seed is another. */
const HELD_OUT_SEED = 800_001

const GREEDY: Sampling = {
  temperature: 0, topP: 1, topK: 0, seed: 0, maxTurnTokens: 200, maxTotalTokens: 1200, maxTurns: 10, maxImages: 12, repeatTolerance: 0
}

export function episodeOptions(policy: Policy, prompt: 'pocket' | 'answer'): EpisodeOptions {
  return { preset: loadPromptPreset(prompt), style: loadDrawStyle('pocket'), sampling: GREEDY, smartResize: policy.processor }
}

/** Greedy rollouts of `count` held-out items of each generator, scored per task; `closer` questions count apart. */
export async function heldOutScores(policy: Policy, options: EpisodeOptions, count: number): Promise<TaskScore[]> {
  const items = GENERATORS.flatMap((generator) => Array.from({ length: count }, (_, index) => generateItem(generator, HELD_OUT_SEED, index)))
  const inputs = items.map((item, i) => {
    return { item: { ...item, id: ItemId.parse(`held-out-${i}`) }, images: [item.image], seed: i, groupIndex: 0 }
  })
  const drafts = await rollOut(inputs, new PolicyTurns(policy), options, { concurrency: 64 })
  return taskScores(drafts.map((draft, i) => {
    const item = items[i] as (typeof items)[number]
    const task = item.tags.includes('closer') ? 'relation: closer' : item.task
    const reward = scorePath(item, draft, { scale: 'sum', gate: 0, shape: options.preset.turnShape })
    return { item: { task, truth: item.truth, images: [] }, trajectory: { modelSizes: draft.modelSizes, steps: draft.steps.map(withoutPixels) }, reward }
  }))
}

/** Scoring never looks at the drawn pictures; a stand-in takes their place. */
const NO_PICTURE: ImageRef = { blob: BlobId.parse('0'.repeat(64)), width: 1, height: 1, mime: 'image/png', origin: { kind: 'drawn' } }

function withoutPixels(step: DraftStep): Step {
  return { ...step, observations: step.observations.map((observation) => ({ ...observation, image: NO_PICTURE })) }
}
